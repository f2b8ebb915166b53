#include "ragqueue/queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "base/text.hpp"
#include "db/connection_state.hpp"
#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "queue/claim.hpp"
#include "queue/prepared_statements.hpp"
#include "queue/sql.hpp"

namespace ragqueue {

namespace {

constexpr std::size_t last_error_bytes = 4096;

pg::Params tokens_of(std::span<const Job> jobs) {
  pg::Params params;
  params.add_array(jobs, &Job::id).add_array(jobs, &Job::token);
  return params;
}

std::vector<Uuid> ids_of(const pg::Result& rows) {
  std::vector<Uuid> ids;
  for (int row = 0; row < rows.rows(); ++row) ids.push_back(rows.get<Uuid>(row, 0));
  return ids;
}

std::optional<std::int64_t> pause_of(const Failure& failure, const RetryPolicy& policy) {
  if (failure.permanent) return std::nullopt;
  thread_local std::minstd_rand random{std::random_device{}()};
  const double jitter = std::uniform_real_distribution<>{}(random);
  const RetryDecision decision = decide_retry(policy, failure.job.attempts + 1, jitter);
  if (!decision.retry) return std::nullopt;
  return decision.delay.count();
}

/// In one transaction with the wait for a sweep; the caller's, if one is open.
pg::Result change_failed(pg_conn* connection, std::string_view statement, const JobFilter& filter) {
  pg::Params params;
  params.add(filter.source_type).add(filter.organization_id).add(filter.id);
  std::optional<pg::Transaction> transaction;
  if (!pg::in_transaction(connection)) transaction.emplace(connection, pg::Timeouts::none);
  pg::execute(connection, sql::await_sweep, params);
  pg::Result changed = pg::execute(connection, statement, params);
  if (transaction) transaction->commit();
  return changed;
}

}  // namespace

Queue::Queue(pg_conn* connection) noexcept : connection_(connection) {}

std::vector<Job> Queue::claim(std::int64_t worker_id, int limit) {
  pg::require_no_transaction(connection_, ", since a claim holds only once it is committed");
  if (!cursor_) cursor_ = std::make_shared<ClaimCursor>();
  pg::Transaction transaction(connection_, pg::Timeouts::none);
  std::vector<Job> jobs = pg::claim_due(connection_, worker_id, limit, *cursor_);
  transaction.commit();
  return jobs;
}

void Queue::complete(std::span<const Job> jobs) {
  if (jobs.empty()) return;
  std::map<std::int64_t, std::vector<Uuid>> claims;
  for (const Job& job : jobs) claims[job.token].push_back(job.id);
  std::size_t acknowledged = 0;
  for (const auto& [token, ids] : claims) {
    const pg::Result row =
        pg::execute(connection_, pg::complete_prepared, pg::Params().add_array(ids).add(token));
    acknowledged += static_cast<std::size_t>(row.get<std::int64_t>(0, 0));
  }
  if (acknowledged != jobs.size()) {
    throw LostClaim(fmt::format("{} of {} claims were taken over by another worker",
                                jobs.size() - acknowledged, jobs.size()));
  }
}

std::vector<Uuid> Queue::fail(std::span<const Failure> failures, const RetryPolicy& policy) {
  if (failures.empty()) return {};
  pg::Params params;
  params.add_array(failures, [](const Failure& failure) { return failure.job.id; })
      .add_array(failures, [](const Failure& failure) { return failure.job.token; })
      .add_array(failures,
                 [](const Failure& failure) { return pg::Utf8{shorten(failure.message, last_error_bytes)}; })
      .add_array(failures, [&](const Failure& failure) { return pause_of(failure, policy); });
  return ids_of(pg::execute(connection_, sql::fail, params));
}

std::size_t Queue::release(std::span<const Job> jobs, std::chrono::milliseconds pause) {
  if (jobs.empty()) return 0;
  const auto milliseconds = static_cast<std::int64_t>(pause.count());
  return pg::execute(connection_, sql::release, tokens_of(jobs).add(milliseconds)).affected();
}

std::vector<Job> Queue::valid(std::span<const Job> jobs) {
  const std::vector<Uuid> ids = ids_of(pg::execute(connection_, sql::valid_claims, tokens_of(jobs)));
  std::vector<Job> valid;
  std::ranges::copy_if(jobs, std::back_inserter(valid),
                       [&](const Job& job) { return std::ranges::find(ids, job.id) != ids.end(); });
  return valid;
}

std::size_t Queue::retry_failed(const JobFilter& filter) {
  return static_cast<std::size_t>(
      change_failed(connection_, sql::retry_failed, filter).get<std::int64_t>(0, 0));
}

std::size_t Queue::discard_failed(const JobFilter& filter) {
  return change_failed(connection_, sql::discard_failed, filter).affected();
}

bool Queue::has_type(std::string_view source_type) {
  return pg::execute(connection_, sql::has_type, pg::Params().add(source_type)).get<bool>(0, 0);
}

QueueCounts Queue::counts() {
  const pg::Result row = pg::execute(connection_, sql::counts);
  return {.pending = row.get<std::int64_t>(0, 0),
          .running = row.get<std::int64_t>(0, 1),
          .done = row.get<std::int64_t>(0, 2),
          .failed = row.get<std::int64_t>(0, 3) - row.get<std::int64_t>(0, 4),
          .superseded_failures = row.get<std::int64_t>(0, 4),
          .oldest_pending_seconds = row.maybe<double>(0, 5)};
}

bool Queue::finished() {
  return !pg::execute(connection_, sql::unfinished).get<bool>(0, 0);
}

}  // namespace ragqueue
