#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "local/child_process.hpp"

namespace ragqueue::bench {

/// fake_embedding_server in a process of its own, so that its CPU time is not the client's. Ends with this
/// object.
class FakeProcess {
 public:
  struct Statistics {
    std::size_t calls = 0, texts = 0, most_calls = 0;
    double busy_percent = 0;  ///< Of `seconds`, with every slot taken.
    double seconds = 0;       ///< From the first call's arrival to the last slot's release.
  };

  explicit FakeProcess(const std::vector<std::string>& options);
  ~FakeProcess();
  FakeProcess(const FakeProcess&) = delete;
  FakeProcess& operator=(const FakeProcess&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  /// Ends the server.
  [[nodiscard]] Statistics finish();

 private:
  [[nodiscard]] std::string read_line() const;

  local::Pipe output_;
  pid_t process_ = -1;
  std::string url_;
};

}  // namespace ragqueue::bench
