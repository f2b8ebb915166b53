#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ragqueue::testing {

/// What the queue promises, as a program of vectors: requests in order of arrival, and workers with leases.
/// Time stands still but where a test moves it; sources are numbers.
class QueueModel {
 public:
  struct Row {
    int source = 0;
    bool removal = false;
    int priority = 5;
    std::string status = "pending";
    int attempts = 0, rescues = 0;
    bool due = true;
    std::optional<int> worker{};      ///< While running.
    std::optional<int> claim{};       ///< Which claim of this model runs it, or ended it last.
    std::optional<std::size_t> by{};  ///< The row that superseded it.
  };

  static constexpr int most_rescues = 5;

  void enqueue(int source, bool removal, int priority) {
    rows_.push_back({.source = source, .removal = removal, .priority = priority});
  }

  int add_worker() {
    alive_[next_worker_] = true;
    return next_worker_++;
  }
  /// Its heartbeats have stopped for longer than its lease.
  void let_lease_end(int worker) {
    if (alive_.contains(worker)) alive_[worker] = false;
  }
  /// Returns whether it still had a lease to prolong.
  bool heartbeat(int worker) {
    const auto found = alive_.find(worker);
    if (found == alive_.end()) return false;
    found->second = true;
    return true;
  }

  /// Returns the rows that run now, in the order in which they are to be handed out.
  std::vector<std::size_t> claim(int worker, std::size_t limit) {
    std::vector<std::size_t> jobs;
    if (!alive_.contains(worker)) return jobs;
    for (const std::size_t first : heads(limit)) {
      const std::size_t newest = newest_pending(rows_[first].source);
      for (std::size_t row = 0; row < rows_.size(); ++row) {
        if (rows_[row].source != rows_[first].source || rows_[row].status != "pending") continue;
        rows_[row].status = row == newest ? "running" : "done";
        rows_[newest].rescues = std::max(rows_[newest].rescues, rows_[row].rescues);
        if (row != newest) rows_[row].by = newest;
      }
      rows_[newest].worker = worker;
      rows_[newest].claim = next_claim_++;
      jobs.push_back(newest);
    }
    return jobs;
  }

  [[nodiscard]] bool holds(std::size_t row, int claim) const {
    return rows_[row].status == "running" && rows_[row].claim == claim;
  }
  /// All or none.
  bool acknowledge(const std::vector<std::pair<std::size_t, int>>& claims) {
    const auto held = [&](const auto& one) { return holds(one.first, one.second); };
    if (!std::ranges::all_of(claims, held)) return false;
    for (const auto& [row, claim] : claims) end(row, "done");
    return true;
  }
  bool fail(std::size_t row, int claim, bool permanent) {
    if (!holds(row, claim)) return false;
    ++rows_[row].attempts;
    rows_[row].due = permanent;  // run_at matters only to what is pending
    end(row, permanent ? "failed" : "pending");
    return true;
  }
  bool release(std::size_t row, int claim) {
    if (!holds(row, claim)) return false;
    end(row, "pending");
    return true;
  }
  void unregister(int worker) {
    alive_.erase(worker);
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (rows_[row].worker == worker) take_away(row, "pending");
    }
  }
  std::size_t rescue() {
    std::erase_if(alive_, [](const auto& worker) { return !worker.second; });
    std::size_t count = 0;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (rows_[row].status != "running" || alive_.contains(*rows_[row].worker)) continue;
      take_away(row, ++rows_[row].rescues >= most_rescues ? "failed" : "pending");
      ++count;
    }
    return count;
  }
  /// All pauses between attempts are over.
  void let_pauses_end() {
    for (Row& row : rows_) row.due = true;
  }

  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] bool finished() const {
    return std::ranges::none_of(
        rows_, [](const Row& row) { return row.status == "pending" || row.status == "running"; });
  }

 private:
  void end(std::size_t row, const char* status) {
    rows_[row].status = status;
    rows_[row].worker.reset();
  }
  void take_away(std::size_t row, const char* status) {
    end(row, status);
    rows_[row].claim.reset();
  }
  [[nodiscard]] bool runs(int source) const {
    return std::ranges::any_of(
        rows_, [&](const Row& row) { return row.source == source && row.status == "running"; });
  }
  [[nodiscard]] std::size_t newest_pending(int source) const {
    std::size_t newest = 0;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (rows_[row].source == source && rows_[row].status == "pending") newest = row;
    }
    return newest;
  }
  [[nodiscard]] bool is_rescued(int source) const {
    return std::ranges::any_of(rows_, [&](const Row& row) {
      return row.source == source && row.status == "pending" && row.rescues > 0;
    });
  }
  /// What a look finds: pending rows that are due, by priority, then age.
  [[nodiscard]] std::vector<std::size_t> look(std::size_t wanted, bool rescued,
                                              const std::set<int>& without) const {
    std::vector<std::size_t> found;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (rows_[row].status == "pending" && rows_[row].due && (rows_[row].rescues > 0) == rescued &&
          !without.contains(rows_[row].source))
        found.push_back(row);
    }
    std::ranges::stable_sort(found, std::greater{}, [this](std::size_t row) { return rows_[row].priority; });
    found.resize(std::min(found.size(), wanted));
    return found;
  }
  /// The row of each source that puts it into the batch. As many as turn out to belong to sources that cannot
  /// be had are looked for again; a source that lost a worker is had alone, when nothing else can be.
  [[nodiscard]] std::vector<std::size_t> heads(std::size_t limit) const {
    std::vector<std::size_t> heads;
    for (const bool rescued : {false, true}) {
      std::set<int> without;
      std::size_t wanted = rescued ? 1 : limit;
      while (wanted > 0 && (!rescued || heads.empty())) {
        std::size_t blocked = 0;
        std::set<int> taken;
        for (const std::size_t row : look(wanted, rescued, without)) {
          const int source = rows_[row].source;
          const bool cannot_be_had = runs(source) || (!rescued && is_rescued(source));
          blocked += cannot_be_had ? 1 : 0;
          if (!cannot_be_had && taken.insert(source).second) heads.push_back(row);
          if (cannot_be_had) taken.insert(source);
        }
        without.merge(taken);
        wanted = blocked;
      }
      if (!heads.empty()) break;
    }
    std::ranges::stable_sort(heads);
    std::ranges::stable_sort(heads, std::greater{}, [this](std::size_t row) { return rows_[row].priority; });
    return heads;
  }

  std::vector<Row> rows_;
  std::map<int, bool> alive_;  ///< Workers that are registered: whether their lease lasts.
  int next_worker_ = 0, next_claim_ = 0;
};

}  // namespace ragqueue::testing
