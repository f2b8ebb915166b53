#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace program {

struct Start {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment =
      {};  ///< Added to a bare one: nothing of PG* or RAGQUEUE_* is inherited.
  std::string input = {};
  std::string program = {};  ///< In place of rag_worker.
  bool terminal = false;     ///< Standard output and error are a terminal; both are read as `output`.
};

struct Outcome {
  int exit_code = -1;  ///< Minus the signal that ended it.
  std::string output;
  std::string errors;
};

/// A rag_worker that runs. Killed by the destructor.
class Program {
 public:
  explicit Program(const Start& start);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number) const;
  /// Waits until standard error (or the terminal) has said `text`. Throws when the program ends without
  /// having said so.
  void wait_for(std::string_view text);
  Outcome wait();

 private:
  void spawn(const Start& start);
  void spawn_on_terminal(const Start& start);
  bool read_some();

  pid_t pid_ = -1;
  int output_ = -1;
  int errors_ = -1;
  Outcome outcome_;
};

/// Runs rag_worker to its end.
[[nodiscard]] Outcome run(const Start& start);

}  // namespace program
