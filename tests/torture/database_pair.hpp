#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <filesystem>

#include "server.hpp"

namespace ragqueue::torture {

/// A primary, and at times a synchronous streaming replica that takes over from it. Used by one thread but
/// for conninfo().
class DatabasePair {
 public:
  /// Starts a primary in a new cluster below `directory`.
  explicit DatabasePair(const std::filesystem::path& directory);

  /// Of the primary of the moment; thread-safe.
  [[nodiscard]] const std::string& conninfo() const { return servers_.at(primary_).conninfo(); }
  [[nodiscard]] const Server& server(std::size_t slot) const { return servers_.at(slot); }

  void stop(Shutdown how) { primary().stop(how); }
  void start() { primary().start(); }
  /// Clients' commits wait for it from now on.
  void add_replica();
  /// The primary ends for good, and the replica, which has all that was acknowledged, takes over.
  void fail_over(Shutdown how);
  /// Ends all.
  void stop();

 private:
  [[nodiscard]] Server& primary() { return servers_.at(primary_); }
  [[nodiscard]] Server& other() { return servers_.at(1 - primary_); }
  void wait_until_synchronous() const;

  std::array<Server, 2> servers_;
  std::atomic<std::size_t> primary_ = 0;
};

}  // namespace ragqueue::torture
