#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "local/server_account.hpp"

namespace ragqueue::local {

/// A file descriptor that no other program inherits.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  [[nodiscard]] int get() const noexcept { return number_; }
  void close() noexcept;

 private:
  int number_;
};

struct Pipe {
  Descriptor read_end, write_end;
};

[[nodiscard]] Pipe make_pipe();
/// Throws Error (Fault::setup) that names the file.
[[nodiscard]] Descriptor open_file(const std::string& path, int flags);

/// A program to start. It gets the caller's environment without the variables of libpq and PostgreSQL, the
/// root directory to work in, and no signal blocked or ignored.
struct Command {
  std::vector<std::string> arguments;    ///< The program's full path first.
  std::optional<ServerAccount> account;  ///< Whom it runs as, if not the caller.
};

struct Outcome {
  int exit_code = 0;   ///< 128 plus the signal, if one ended it; 126 or 127 if it could not be started.
  std::string output;  ///< Standard output and error.
};

/// Runs a program to its end. `kept` become its descriptors 3 and on. Thread-safe.
[[nodiscard]] Outcome run(const Command& command, std::span<const int> kept = {});

/// Starts a program that is nobody's child and in a session of its own: it sees no Ctrl-C, and outlives the
/// caller. `descriptors` become its 0, 1, 2 and on; it has no others. Thread-safe.
void start_detached(const Command& command, std::span<const int> descriptors);

/// Starts a program that is the caller's to wait for, and that gets `last_signal` when the calling thread
/// ends. `descriptors` as above.
[[nodiscard]] pid_t start_child(const Command& command, std::span<const int> descriptors, int last_signal);

}  // namespace ragqueue::local
