#include "program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace program {

namespace {

/// Throws for a result below zero, as most of POSIX says "see errno".
int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> bare_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("PG") && !text.starts_with("RAGQUEUE_")) environment.emplace_back(text);
  }
  for (const auto& [name, value] : added) environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

/// A file of no name that holds the text, read from its start.
int file_with(const std::string& text) {
  const int file = checked(memfd_create("input", MFD_CLOEXEC), "memfd_create");
  if (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the input could not be written");
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

std::vector<std::string> command_line(const Start& start) {
  std::vector<std::string> words{start.program.empty() ? RAG_WORKER_PROGRAM : start.program};
  words.insert(words.end(), start.arguments.begin(), start.arguments.end());
  return words;
}

/// Returns false at the end of the file; a terminal's end is an error for its reader.
bool append_from(int file, std::string& text) {
  std::array<char, 65536> buffer{};
  const ssize_t count = read(file, buffer.data(), buffer.size());
  if (count <= 0) return false;
  text.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

void close_and_forget(int& file) {
  if (file >= 0) close(file);
  file = -1;
}

}  // namespace

Program::Program(const Start& start) {
  if (start.terminal) {
    spawn_on_terminal(start);
  } else {
    spawn(start);
  }
}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close_and_forget(output_);
  close_and_forget(errors_);
}

void Program::spawn(const Start& start) {
  std::array<int, 2> output{};
  std::array<int, 2> errors{};
  checked(pipe2(output.data(), O_CLOEXEC), "pipe2");
  checked(pipe2(errors.data(), O_CLOEXEC), "pipe2");
  int input = file_with(start.input);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
  auto words = command_line(start);
  auto environment = bare_environment(start.environment);
  const int error = posix_spawn(&pid_, words.front().c_str(), &actions, nullptr, pointers(words).data(),
                                pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close_and_forget(input);
  close(output[1]);
  close(errors[1]);
  output_ = output[0];
  errors_ = errors[0];
  if (error != 0) throw std::system_error(error, std::generic_category(), RAG_WORKER_PROGRAM);
}

void Program::spawn_on_terminal(const Start& start) {
  auto words = command_line(start);
  auto environment = bare_environment(start.environment);
  const auto arguments = pointers(words);
  const auto variables = pointers(environment);
  pid_ = checked(forkpty(&output_, nullptr, nullptr, nullptr), "forkpty");
  if (pid_ == 0) {
    execve(arguments.front(), arguments.data(), variables.data());
    _exit(127);
  }
}

void Program::signal(int number) const {
  kill(pid_, number);
}

bool Program::read_some() {
  // poll() passes over negative descriptors.
  std::array<pollfd, 2> files{pollfd{output_, POLLIN, 0}, pollfd{errors_, POLLIN, 0}};
  if (output_ < 0 && errors_ < 0) return false;
  checked(poll(files.data(), files.size(), -1), "poll");
  if (files[0].revents != 0 && !append_from(output_, outcome_.output)) close_and_forget(output_);
  if (files[1].revents != 0 && !append_from(errors_, outcome_.errors)) close_and_forget(errors_);
  return true;
}

void Program::wait_for(std::string_view text) {
  const bool terminal = errors_ < 0;
  const std::string& said = terminal ? outcome_.output : outcome_.errors;
  while (said.find(text) == std::string::npos) {
    if (!read_some()) throw std::runtime_error("ended without saying '" + std::string(text) + "': " + said);
  }
}

Outcome Program::wait() {
  while (read_some()) continue;
  int status = 0;
  checked(waitpid(pid_, &status, 0), "waitpid");
  pid_ = -1;
  outcome_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return outcome_;
}

Outcome run(const Start& start) {
  return Program(start).wait();
}

}  // namespace program
