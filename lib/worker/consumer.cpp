#include "worker/consumer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/pause.hpp"
#include "db/cancel_on_stop.hpp"
#include "db/session.hpp"
#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "queue/claim.hpp"
#include "queue/outcome.hpp"
#include "ragqueue/error.hpp"
#include "worker/thrown.hpp"

namespace ragqueue {

namespace {

constexpr std::string_view indexing = "indexing", read_only = "25006";

void add(BatchResult& result, pg::Outcome outcome) {
  switch (outcome) {
    case pg::Outcome::done:
      ++result.done;
      break;
    case pg::Outcome::retried:
      ++result.retried;
      break;
    case pg::Outcome::failed:
      ++result.failed;
      break;
    case pg::Outcome::released:
      ++result.released;
      break;
    case pg::Outcome::valid:
    case pg::Outcome::unknown:
      ++result.lost;
      break;
  }
}

JobOutcome reported(pg::Outcome outcome) {
  switch (outcome) {
    case pg::Outcome::done:
      return JobOutcome::done;
    case pg::Outcome::retried:
      return JobOutcome::retried;
    case pg::Outcome::failed:
      return JobOutcome::failed;
    case pg::Outcome::released:
      return JobOutcome::released;
    case pg::Outcome::valid:
    case pg::Outcome::unknown:
      break;
  }
  return JobOutcome::lost;
}

}  // namespace

void Consumer::run() {
  while (!state_.stopping()) {
    looked_ = false;
    try {
      note_step("connecting");
      connect();
      state_.faults.works(Faults::database);
      seen_ = state_.generation();
      note_step("waiting for the embedder");
      if (!state_.embedder.open(state_.stop_token(), [&](bool begins) { note_probe(begins); })) continue;
      if (state_.stopping()) break;
      const bool worked = state_.lease_holds() && work();
      backoff_.reset();
      state_.faults.works(indexing);
      if (!worked) rest();
    } catch (const Error& error) {
      // The primary has become a standby: another of the hosts may take writes.
      if (error.sqlstate() == read_only) connection_.reset();
      pause_after(error.what());
    } catch (...) {
      pause_after(words_of_thrown());
    }
  }
  set_idle(false);
  settle_in_the_end();
}

/// What this does not reach goes back when the worker's lease is given up.
void Consumer::settle_in_the_end() {
  if (in_doubt_.empty()) return;
  try {
    connect();
  } catch (...) {
    state_.log(LogLevel::warning,
               fmt::format("{} jobs could not be given back by the consumer that held them: {}",
                           in_doubt_.size(), words_of_thrown()));
  }
}

void Consumer::connect() {
  if (connection_ && !pg::idle(connection_->get())) connection_.reset();
  if (!connection_) open_connection();
  resolve_doubts();
}

void Consumer::open_connection() {
  Connection connection(state_.options.conninfo);
  if (pg::set_up_own_session(connection.get())) {
    prepare_statements(connection.get());
    state_.note_session(number_, pg::backend_of(connection.get()));
  }
  connection_ = std::move(connection);
}

pg_conn* Consumer::replace_connection(const std::stop_token& over) {
  Backoff backoff;
  while (true) {
    try {
      open_connection();
      return connection_->get();
    } catch (const Error& error) {
      if (over.stop_requested()) throw;
      state_.faults.failed(Faults::database, error.what());
      pause(backoff.next(), over);
    }
  }
}

/// A batch whose answer was lost is resolved by asking what became of it; what is still running goes back.
void Consumer::resolve_doubts() {
  if (in_doubt_.empty()) return;
  pg_conn* const connection = connection_->get();
  std::vector<JobReport> reports;
  state_.count(pg::limited(connection, [&] {
    reports.clear();
    return outcome_of_doubts(connection, reports);
  }));
  for (const JobReport& report : reports) state_.reports.job(report);
  in_doubt_.clear();
}

BatchResult Consumer::outcome_of_doubts(pg_conn* connection, std::vector<JobReport>& reports) const {
  BatchResult result;
  std::vector<Job> valid;
  const std::vector<pg::Outcome> outcomes = pg::outcomes_of(connection, in_doubt_);
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    if (outcomes[index] == pg::Outcome::valid) {
      valid.push_back(in_doubt_[index]);
    } else if (claimed_ || outcomes[index] != pg::Outcome::unknown) {
      add(result, outcomes[index]);
      reports.push_back({.job = in_doubt_[index], .outcome = reported(outcomes[index])});
    }
  }
  for (const Job& job : valid) reports.push_back({.job = job, .outcome = JobOutcome::released});
  const std::size_t released = Queue(connection).release(valid);
  result.released += released;
  result.lost += valid.size() - released;
  return result;
}

/// In a transaction, so that a claim whose answer is lost rolls back, and a commit whose answer is lost is
/// resolved by its tokens.
void Consumer::claim(const SharedState::Lease& lease, std::span<const std::string> without) {
  const pg::CancelOnStop cancel_on_stop(connection_->get(), lease.over);
  claimed_ = false;
  pg::Transaction transaction(connection_->get());
  in_doubt_ = pg::claim_due(connection_->get(), lease.worker_id, state_.options.batch, cursor_, without);
  transaction.commit();
  claimed_ = true;
}

bool Consumer::work() {
  note_step("claiming");
  const SharedState::Lease lease = state_.lease();
  const SourceGate::Admission sources = state_.sources.admit();
  if (sources.tries_any()) cursor_.look_now();  // its jobs wait where earlier claims began
  claim(lease, sources.left_out());
  looked_ = true;
  if (in_doubt_.empty()) return false;
  state_.wake_consumer();  // there may be more; who finds nothing wakes nobody
  set_idle(false);
  note_step("indexing");
  pause_ = first_pause;
  if (!state_.embedder.confirm(lease.over, [&](bool begins) { note_probe(begins); })) {
    resolve_doubts();
    return true;
  }
  const Isolation::Plan plan = state_.isolation.plan(in_doubt_);
  postpone(plan);
  process_groups(plan, lease.over);
  resolve_doubts();
  return true;
}

void Consumer::postpone(const Isolation::Plan& plan) {
  if (plan.postponed().empty()) return;
  pg::Transaction transaction(connection_->get());
  const std::size_t released = Queue(connection_->get()).release(plan.postponed(), plan.pause());
  transaction.commit();
  forget(plan.postponed());
  for (const Job& job : plan.postponed()) state_.reports.job({.job = job, .outcome = JobOutcome::released});
  state_.count({.released = released, .lost = plan.postponed().size() - released});
}

void Consumer::process_groups(const Isolation::Plan& plan, const std::stop_token& stop) {
  for (const std::vector<Job>& together : plan.groups()) {
    for (const std::vector<Job>& group : state_.suspects.apart(together)) {
      if (!process_group(group, stop)) return;
    }
  }
}

/// It is known what became of them.
void Consumer::forget(std::span<const Job> jobs) {
  std::erase_if(in_doubt_, [&](const Job& job) {
    return std::ranges::any_of(jobs, [&](const Job& known) { return known.id == job.id; });
  });
}

bool Consumer::process_group(std::span<const Job> group, const std::stop_token& stop) {
  const auto begin = Isolation::Clock::now();
  BatchReport total{.jobs = group.size()};
  const auto on_job = [&](const JobReport& report) {
    total.texts_embedded += report.texts_embedded;
    total.tokens += report.tokens;
    state_.reports.job(report);
  };
  const BatchResult result = process(connection_->get(), state_.pipeline, group,
                                     {.retry = state_.options.retry,
                                      .stop = stop,
                                      .charge_outage = state_.suspects.charged(group),
                                      .log = state_.options.log,
                                      .on_call = [&](auto point, const Job* job) { note_call(point, job); },
                                      .on_job = on_job,
                                      .replace_connection = [&] { return replace_connection(stop); }});
  forget(group);
  total.seconds = result.seconds;
  state_.reports.batch(total);
  state_.count(result);
  state_.isolation.learn(result, Isolation::Clock::now() - begin);
  state_.sources.learn(result);
  if (result.embedder_down) {
    state_.suspects.interrupted(group);
    state_.embedder.failed(result.interruption->what(), result.retry_after);
    return false;
  }
  state_.suspects.settled(group);
  if (result.interruption) throw Error(*result.interruption);
  return !stop.stop_requested();
}

void Consumer::set_idle(bool idle) {
  if (std::exchange(idle_, idle) != idle) state_.consumer_idle(idle);
}

void Consumer::rest() {
  pg_conn* const connection = connection_->get();
  const bool drain = state_.options.drain;
  const bool drained = drain && pg::limited(connection, [&] { return Queue(connection).finished(); });
  if (drained == drain) state_.vector_index.look(connection, state_.counters().done, state_.stop_token());
  if (drained && !state_.vector_index.busy()) return state_.stop();
  set_idle(true);
  note_step("waiting for jobs");
  const auto pause = std::min(pause_, state_.options.poll_interval);
  state_.wait(seen_, std::min(pause, state_.sources.until_next_try().value_or(pause)));
  pause_ = pause_ < last_pause ? 2 * pause_ : state_.options.poll_interval;
}

void Consumer::note_step(std::string_view name) {
  state_.calls.step(number_, name, CallWatch::Clock::now());
}

void Consumer::note_call(std::string_view extension_point, const Job* job) {
  if (job == nullptr) return state_.calls.end(number_);
  state_.calls.begin(number_, extension_point, job->request.source, CallWatch::Clock::now());
}

void Consumer::note_probe(bool begins) {
  if (!begins) return state_.calls.end(number_);
  state_.calls.begin(number_, "embedder", std::nullopt, CallWatch::Clock::now());
}

void Consumer::pause_after(const std::string& error) {
  if (!looked_) state_.wake_consumer();  // for what this one was woken for
  const bool is_lost = !connection_ || !pg::usable(connection_->get());
  state_.faults.failed(is_lost ? Faults::database : indexing, error);
  note_step("waiting after a failure");
  state_.sleep(backoff_.next());
}

}  // namespace ragqueue
