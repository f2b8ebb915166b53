#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ragqueue/request.hpp"

struct pg_conn;

namespace ragqueue::torture {

/// What an application did in a round, as far as it knows.
struct Deeds {
  std::set<Uuid> committed;       ///< Jobs whose transaction the server confirmed.
  std::set<SourceKey> own_fault;  ///< Sources that may at any time have had a text that the embedder faults.
  std::size_t edits = 0, deletions = 0, rollbacks = 0;
};

/// An application that writes its rows and asks for their indexing, each time in one transaction: edits,
/// deletes, recreates, in bursts, rolled back, held open for long. Several threads, until finish().
class Application {
 public:
  /// `conninfo` tells where the primary is now.
  Application(std::vector<SourceKey> sources, std::function<std::string()> conninfo, std::uint64_t seed);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  /// Lets what is open end, and tells what was done.
  [[nodiscard]] Deeds finish();

 private:
  class Writer;
  void work(std::uint64_t seed);

  std::vector<SourceKey> sources_;
  std::function<std::string()> conninfo_;
  std::atomic<bool> stopping_ = false;
  std::atomic<unsigned> version_ = 0;
  std::mutex mutex_;
  Deeds deeds_;
  std::vector<std::thread> threads_;
};

}  // namespace ragqueue::torture
