#include "child.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace ragqueue::torture {

Child::Child(const local::Command& command, const std::filesystem::path& log, int last_signal) {
  const local::Descriptor nothing = local::open_file("/dev/null", O_RDONLY);
  const local::Descriptor output(open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  process_ = local::start_child(command, std::array{nothing.get(), output.get(), output.get()}, last_signal);
}

Child::~Child() {
  end();
}
Child::Child(Child&& other) noexcept : process_(std::exchange(other.process_, 0)) {}
Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    end();
    process_ = std::exchange(other.process_, 0);
  }
  return *this;
}

bool Child::running() {
  siginfo_t info{};
  return process_ > 0 &&
         waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

void Child::signal(int number) const {
  if (process_ > 0) kill(process_, number);
}

int Child::wait() {
  int status = 0;
  while (process_ > 0 && waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return status;
}

void Child::end() noexcept {
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  wait();
}

}  // namespace ragqueue::torture
