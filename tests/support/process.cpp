#include "support/process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>

namespace {

[[noreturn]] void work_and_wait(const std::function<std::string()>& work, int output) {
  try {
    const std::string line = work() + "\n";
    if (write(output, line.data(), line.size()) < 0) _exit(1);
    while (true) pause();
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
  }
  _exit(1);
}

}  // namespace

Process::Process(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("pipe");
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    close(ends[0]);
    work_and_wait(work, ends[1]);
  }
  close(ends[1]);
  output_ = ends[0];
}

Process::~Process() {
  kill();
}

void Process::read_until(char end) {
  char c = 0;
  while (read(output_, &c, 1) == 1 && c != end) answer_ += c;
}

std::string Process::answer() {
  read_until('\n');
  return answer_;
}

void Process::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  read_until('\0');
  close(output_);
  pid_ = -1;
}
