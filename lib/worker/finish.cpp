#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "base/guarded_log.hpp"
#include "db/sqlstate.hpp"
#include "db/statement.hpp"
#include "db/transaction.hpp"
#include "queue/outcome.hpp"
#include "ragqueue/error.hpp"
#include "worker/batch.hpp"
#include "worker/bisect.hpp"
#include "worker/index_in_sight.hpp"
#include "worker/lock_claims.hpp"

namespace ragqueue {

namespace {
constexpr int store_tries = 5;  // of a transaction that met a deadlock or the like
}

void Batch::store() {
  check_cancelled();
  const std::vector<Item*> items = active();
  for (Item* item : items) count(*item);
  bisect(
      std::span<Item* const>(items),
      [this](std::span<Item* const> part) { heed_stop([&] { store_items(part); }); }, blame("index store"));
}

void Batch::store_items(std::span<Item* const> items) {
  bool in_doubt = false;
  for (int tries = 1;; ++tries) {
    try {
      if (in_doubt) resolve(items);
      in_doubt = false;
      return store_once(items);
    } catch (const LostClaim&) {
      if (tries == store_tries) throw;
      drop_lost(items);
    } catch (const Error& error) {
      if (spoiled_) {
        replace_spoiled_connection();
        throw;
      }
      if (tries == store_tries) throw;
      if (replace_lost_connection()) {
        in_doubt = true;
      } else if (!pg::is_conflict(error.sqlstate())) {
        throw;
      }
    }
  }
}

bool Batch::replace_lost_connection() {
  if (pg::usable(connection_) || !options_.replace_connection) return false;
  check_cancelled();
  connection_ = options_.replace_connection();
  session_.reset();
  begin_interruptible();
  return true;
}

void Batch::resolve(std::span<Item* const> items) {
  std::vector<Item*> in_doubt;
  std::ranges::copy_if(items, std::back_inserter(in_doubt),
                       [](const Item* item) { return item->state == State::active; });
  std::vector<Job> jobs;
  for (const Item* item : in_doubt) jobs.push_back(item->job);
  const auto outcomes = pg::limited(connection_, [&] { return pg::outcomes_of(connection_, jobs); });
  for (std::size_t index = 0; index < in_doubt.size(); ++index) {
    if (outcomes[index] == pg::Outcome::valid) continue;
    in_doubt[index]->state = outcomes[index] == pg::Outcome::done ? State::stored : State::lost;
  }
}

void Batch::apply(std::span<const IndexedDocument> upserts, std::span<const SourceKey> removals,
                  const Job& first_job, const pg::SessionState& session) {
  try {
    call("index store", first_job, [&] { pipeline_.store->apply(connection_, upserts, removals); });
  } catch (const Error& error) {
    spoiled_ = pg::is_spoiled_in_transaction(connection_);
    if (spoiled_) throw Error(Fault::job, error.what());  // whatever it met because of that
    throw;
  }
  const std::string change = pg::change_in_transaction(connection_, session);
  if (change.empty()) return;
  spoiled_ = true;
  throw Error(Fault::job, fmt::format("it {}; a new connection replaces this one", change));
}

void Batch::store_once(std::span<Item* const> items) {
  std::vector<Item*> live;
  std::ranges::copy_if(items, std::back_inserter(live),
                       [](const Item* item) { return item->state == State::active; });
  if (live.empty()) return;
  std::vector<Job> jobs;
  std::vector<IndexedDocument> upserts;
  std::vector<SourceKey> removals;
  for (Item* item : live) {
    jobs.push_back(item->job);
    if (item->removal) {
      removals.push_back(item->job.request.source);
    } else {
      upserts.push_back(std::move(item->indexed));
    }
  }
  const auto give_back = [&] {
    auto next = upserts.begin();
    for (Item* item : live) {
      if (!item->removal) item->indexed = std::move(*next++);
    }
  };
  try {
    // The lock comes first: it holds off a rescue, and a lost claim costs no write. The acknowledgement comes
    // last, so that a store that commits by itself acknowledges nothing.
    pg::Transaction transaction(connection_);
    const pg::SessionState session = lock_claims(connection_, jobs);
    apply(upserts, removals, live.front()->job, session);
    Queue(connection_).complete(jobs);
    transaction.commit();
  } catch (const Error& error) {
    give_back();
    if (spoiled_ || !is_index_in_sight(connection_, error)) throw;
    throw Error(Fault::job,
                fmt::format("it changed search_path or role, after which a statement met: {}", error.what()));
  } catch (...) {
    give_back();
    throw;
  }
  for (Item* item : live) item->state = State::stored;
}

void Batch::drop_lost(std::span<Item* const> items) {
  std::vector<Job> jobs;
  for (const Item* item : items) {
    if (item->state == State::active) jobs.push_back(item->job);
  }
  const std::vector<Job> valid = Queue(connection_).valid(jobs);
  for (Item* item : items) {
    const bool holds = std::ranges::any_of(valid, [&](const Job& job) { return job.id == item->job.id; });
    if (item->state == State::active && !holds) item->state = State::lost;
  }
}

void Batch::finish(BatchResult& result) {
  result.source_faults = source_faults_;
  std::ranges::copy_if(types_read_, std::back_inserter(result.types_read),
                       [this](const std::string& type) { return !is_waiting(type); });
  Queue queue(connection_);
  std::vector<Job> unfinished;
  for (const Item& item : items_) {
    if (item.state == State::stored) ++result.done;
    if (item.state == State::lost) ++result.lost;
    if (item.state == State::active || item.state == State::waiting) unfinished.push_back(item.job);
  }
  tell_served(result);
  if (unfinished.empty() && failures_.empty()) return;
  pg::Transaction transaction(connection_);
  const std::size_t released = queue.release(unfinished);
  recorded_ = queue.fail(failures_, options_.retry);
  transaction.commit();
  result.released = released;
  for (const Failure& failure : failures_) {
    if (std::ranges::find(recorded_, failure.job.id) == recorded_.end()) continue;
    const bool final = is_final(failure);
    ++(final ? result.failed : result.retried);
    log_failure(failure, final);
  }
  result.lost += (unfinished.size() - result.released) + (failures_.size() - recorded_.size());
}

void Batch::tell_served(BatchResult& result) const {
  std::set<Uuid> served, failed_at;
  for (const Item& item : items_) {
    const Uuid& organization = item.job.request.source.organization_id;
    if (item.served) served.insert(organization);
    if (item.not_served) failed_at.insert(organization);
  }
  for (const Item& item : items_) {  // That nothing had to be embedded for tells only beside no failure.
    const Uuid& organization = item.job.request.source.organization_id;
    if (item.state == State::stored && !failed_at.contains(organization)) served.insert(organization);
  }
  result.served.assign(served.begin(), served.end());
  std::ranges::set_difference(failed_at, served, std::back_inserter(result.not_served));
}

void Batch::log_failure(const Failure& failure, bool final) const {
  if (!options_.log) return;
  const SourceKey& source = failure.job.request.source;
  guarded(options_.log)(
      {.level = final ? LogLevel::error : LogLevel::warning,
       .message =
           fmt::format("{}: {}", final ? "job failed" : "job failed, to be tried again", failure.message),
       .fields = {{"job", failure.job.id.to_string()},
                  {"organization_id", source.organization_id.to_string()},
                  {"source_type", source.source_type},
                  {"source_id", source.source_id.to_string()},
                  {"attempt", std::to_string(failure.job.attempts + 1)}}});
}

}  // namespace ragqueue
