#pragma once

#include <sys/types.h>

#include <string>
#include <thread>
#include <vector>

/// A real llama-server on 127.0.0.1 with the model of tiny_bert.py: 64 dimensions, a context of 1024 tokens,
/// of which 512 are its physical batch unless `options` say otherwise. Words of one topic lie near each
/// other.
class LlamaServer {
 public:
  /// Whether the test `llama_server_files` could get the program. Where not, a test is skipped with
  /// why_not().
  [[nodiscard]] static bool is_here();
  [[nodiscard]] static std::string why_not();

  /// Starts it with further options and returns when it serves. Throws std::runtime_error with what it said.
  explicit LlamaServer(const std::vector<std::string>& options = {});
  ~LlamaServer();
  LlamaServer(const LlamaServer&) = delete;
  LlamaServer& operator=(const LlamaServer&) = delete;

  /// `http://127.0.0.1:PORT`, without a path.
  [[nodiscard]] const std::string& url() const { return url_; }
  /// Kills it, and returns once it is gone. Safe to call twice.
  void stop();

 private:
  void read_url();

  pid_t pid_ = -1;
  int output_ = -1;
  std::string url_;
  std::string said_;
  std::thread reading_;  ///< What it says later, so that it is never kept waiting.
};
