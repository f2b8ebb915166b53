#include "fake_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <stdexcept>

namespace ragqueue::bench {

FakeProcess::FakeProcess(const std::vector<std::string>& options) : output_(local::make_pipe()) {
  local::Command command{.arguments = {FAKE_EMBEDDING_SERVER}, .account = {}};
  command.arguments.insert(command.arguments.end(), options.begin(), options.end());
  const local::Descriptor nothing = local::open_file("/dev/null", O_RDONLY);
  const std::array descriptors{nothing.get(), output_.write_end.get(), STDERR_FILENO};
  process_ = local::start_child(command, descriptors, SIGTERM);
  output_.write_end.close();
  url_ = read_line();
}

FakeProcess::~FakeProcess() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

FakeProcess::Statistics FakeProcess::finish() {
  kill(process_, SIGTERM);
  const std::string line = read_line();
  waitpid(process_, nullptr, 0);
  process_ = -1;
  Statistics seen;
  const int found =
      std::sscanf(line.c_str(),
                  "calls %zu, texts %zu, embedded %*u, connections %*u, most calls at once "
                  "%zu, all slots busy %lf %% of %lf s",
                  &seen.calls, &seen.texts, &seen.most_calls, &seen.busy_percent, &seen.seconds);
  constexpr int fields = 5;
  if (found != fields) throw std::runtime_error("no statistics of the fake server: " + line);
  return seen;
}

std::string FakeProcess::read_line() const {
  std::string line;
  char letter = 0;
  while (read(output_.read_end.get(), &letter, 1) == 1) {
    if (letter == '\n') return line;
    line += letter;
  }
  throw std::runtime_error("the fake server ended: " + line);
}

}  // namespace ragqueue::bench
