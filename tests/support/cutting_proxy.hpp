#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_directory.hpp"

namespace ragqueue::testing {

/// A proxy before a PostgreSQL that reads its protocol, and cuts a connection at a moment of it.
class CuttingProxy {
 public:
  enum class Moment {
    before,  ///< The server never hears of it.
    after,   ///< The server has done it, and its answer is lost.
  };

  /// For a server at a Unix socket.
  explicit CuttingProxy(const std::string& conninfo);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  /// The same database, through the proxy.
  [[nodiscard]] std::string conninfo() const;

  /// Cuts the next COMMIT of a transaction in which a statement contains `part`. Once.
  void cut_commit_of(std::string part, Moment moment);
  [[nodiscard]] int cuts() const { return cuts_; }

 private:
  struct Cut {
    std::string part;
    Moment moment;
  };
  class Session;

  void accept_all();
  [[nodiscard]] bool is_marked(std::string_view statement);
  [[nodiscard]] std::optional<Moment> take_cut();

  std::string server_;
  std::string conninfo_;
  TemporaryDirectory directory_{"cut"};
  int listener_ = -1;
  std::atomic<int> cuts_ = 0;
  std::mutex mutex_;
  std::optional<Cut> cut_;
  std::vector<int> sockets_;
  std::vector<std::thread> sessions_;
  std::thread acceptor_;
};

}  // namespace ragqueue::testing
