#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "queue/claim_cursor.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/queue.hpp"
#include "worker/shared_state.hpp"

namespace ragqueue {

/// One thread's loop: claim a batch, take it through the pipeline, again; sleep when there is nothing.
class Consumer {
 public:
  Consumer(SharedState& state, std::size_t number) : state_(state), number_(number) {}

  void run();

 private:
  static constexpr std::chrono::milliseconds first_pause{50}, last_pause{400};

  /// Claims and processes one batch. Returns whether there was one.
  bool work();
  void connect();
  void open_connection();
  /// In the place of a lost one, as soon as the database has us. Throws Error once `over` is requested.
  pg_conn* replace_connection(const std::stop_token& over);
  void claim(const SharedState::Lease& lease, std::span<const std::string> without);
  void postpone(const Isolation::Plan& plan);
  void process_groups(const Isolation::Plan& plan, const std::stop_token& stop);
  void forget(std::span<const Job> jobs);
  /// Returns whether the next group may follow.
  bool process_group(std::span<const Job> group, const std::stop_token& stop);
  void resolve_doubts();
  [[nodiscard]] BatchResult outcome_of_doubts(pg_conn* connection, std::vector<JobReport>& reports) const;
  void settle_in_the_end();
  void set_idle(bool idle);
  void rest();
  void note_step(std::string_view name);
  void note_call(std::string_view extension_point, const Job* job);
  void note_probe(bool begins);
  void pause_after(const std::string& error);

  SharedState& state_;
  const std::size_t number_;
  Backoff backoff_;
  ClaimCursor cursor_;
  std::optional<Connection> connection_;
  std::vector<Job> in_doubt_;  ///< Claimed, with no answer yet to what became of them.
  bool claimed_ = false;       ///< The claim of `in_doubt_` is known to be committed.
  bool looked_ = false;        ///< This round's claim was made.
  bool idle_ = false;
  /// Until the next look. Short at first: whoever enqueued before we were known to sleep, and commits later,
  /// tells nobody.
  std::chrono::milliseconds pause_ = first_pause;
  std::uint64_t seen_ = 0;  ///< Generation of wake-ups before the last look at the queue.
};

}  // namespace ragqueue
