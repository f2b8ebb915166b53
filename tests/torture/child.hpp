#pragma once

#include <sys/types.h>

#include <filesystem>

#include "local/child_process.hpp"

namespace ragqueue::torture {

/// A program of ours that ends with us. All are started and waited for by one thread.
class Child {
 public:
  Child() = default;
  /// Appends its output to `log`; `last_signal` ends it when we are gone.
  Child(const local::Command& command, const std::filesystem::path& log, int last_signal);
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;

  [[nodiscard]] pid_t process() const noexcept { return process_; }
  /// false once it has ended, or when there is none.
  [[nodiscard]] bool running();
  void signal(int number) const;
  /// Returns the status as waitpid() gives it; 0 when there is none.
  int wait();

 private:
  void end() noexcept;

  pid_t process_ = 0;
};

}  // namespace ragqueue::torture
