#include "support/tls_front.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace ragqueue::testing {
namespace {

std::string read_line(int descriptor) {
  std::string line;
  char letter = 0;
  while (read(descriptor, &letter, 1) == 1 && letter != '\n') line += letter;
  return line;
}

}  // namespace

TlsFront::TlsFront(std::uint16_t port, Speaks speaks) {
  std::array<int, 2> input{}, output{};
  if (pipe2(input.data(), O_CLOEXEC) != 0 || pipe2(output.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("pipe");
  const std::string number = std::to_string(port);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    if (speaks == Speaks::http2)
      execlp("node", "node", HTTP2_FRONT_PROGRAM, number.c_str(), directory_.path().c_str(), nullptr);
    else
      execlp("python3", "python3", "-B", TLS_FRONT_PROGRAM, number.c_str(), directory_.path().c_str(),
             speaks == Speaks::http1_mutual ? "mutual" : nullptr, nullptr);
    _exit(127);
  }
  close(input[0]);
  close(output[1]);
  input_ = input[1];
  const std::string line = read_line(output[0]);
  close(output[0]);
  if (line.empty()) throw std::runtime_error("no TLS: python3, node or openssl is not there");
  port_ = static_cast<std::uint16_t>(std::stoul(line));
}

bool TlsFront::has_node() {
  return std::system("command -v node >/dev/null") == 0;
}

TlsFront::~TlsFront() {
  close(input_);
  waitpid(pid_, nullptr, 0);
}

}  // namespace ragqueue::testing
