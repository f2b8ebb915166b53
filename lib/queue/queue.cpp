#include "ragqueue/queue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "base/text.hpp"
#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "queue/claim.hpp"
#include "queue/kept.hpp"
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

}  // namespace

Queue::Queue(pg_conn* connection) noexcept : connection_(connection) {}

std::vector<Job> Queue::claim(std::int64_t worker_id, int limit) {
  if (!pg::idle(connection_)) {
    throw InvalidInput("connection", "in a transaction", "a claim holds only once it is committed");
  }
  if (!low_water_) low_water_ = std::make_shared<LowWater>();
  pg::Transaction transaction(connection_, pg::Limits::none);
  std::vector<Job> jobs = pg::claim_due(connection_, worker_id, limit, *low_water_);
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
        pg::execute(connection_, pg::kept_complete, pg::Params().add_array(ids).add(token));
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
      .add_array(failures, [](const Failure& failure) { return shorten(failure.message, last_error_bytes); })
      .add_array(failures, [&](const Failure& failure) { return pause_of(failure, policy); });
  return ids_of(pg::execute(connection_, sql::fail, params));
}

std::size_t Queue::release(std::span<const Job> jobs) {
  if (jobs.empty()) return 0;
  return pg::execute(connection_, sql::release, tokens_of(jobs)).affected();
}

std::vector<Job> Queue::held(std::span<const Job> jobs) {
  const std::vector<Uuid> ids = ids_of(pg::execute(connection_, sql::held, tokens_of(jobs)));
  std::vector<Job> held;
  std::ranges::copy_if(jobs, std::back_inserter(held),
                       [&](const Job& job) { return std::ranges::find(ids, job.id) != ids.end(); });
  return held;
}

std::size_t Queue::retry_failed(const RetryFilter& filter) {
  pg::Params params;
  params.add(filter.source_type).add(filter.organization_id).add(filter.id);
  std::optional<pg::Transaction> transaction;
  if (!pg::in_transaction(connection_)) transaction.emplace(connection_, pg::Limits::none);
  pg::execute(connection_, sql::await_sweep, params);
  const pg::Result rows = pg::execute(connection_, sql::retry_failed, params);
  if (transaction) transaction->commit();
  std::size_t pending = 0;
  for (int row = 0; row < rows.rows(); ++row) pending += rows.get<bool>(row, 0) ? 1 : 0;
  return pending;
}

QueueCounts Queue::counts() {
  const pg::Result row = pg::execute(connection_, sql::counts);
  return {.pending = row.get<std::int64_t>(0, 0),
          .running = row.get<std::int64_t>(0, 1),
          .done = row.get<std::int64_t>(0, 2),
          .failed = row.get<std::int64_t>(0, 3),
          .oldest_pending_seconds = row.maybe<double>(0, 4)};
}

bool Queue::finished() {
  return !pg::execute(connection_, sql::unfinished).get<bool>(0, 0);
}

}  // namespace ragqueue
