#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

/// A process that runs `work`, and is killed, if it still lives, with this object.
class Process {
 public:
  /// What `work` returns goes to the parent; then the process waits to be killed. An exception ends it
  /// without an answer.
  explicit Process(const std::function<std::string()>& work);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits for what `work` returned. Empty when it threw.
  std::string answer();
  /// SIGKILL. Returns once the process is gone, and everybody who holds the descriptors that it had when it
  /// was made.
  void kill();

 private:
  void read_until(char end);

  pid_t pid_ = -1;
  int output_ = -1;
  std::string answer_;
};
