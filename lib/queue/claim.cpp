#include "queue/claim.hpp"

#include <string>
#include <utility>

#include "db/statement.hpp"
#include "queue/kept.hpp"

namespace ragqueue::pg {

namespace {

struct Claimed {
  Job job;
  int priority;  ///< Of the source's most urgent request, as its place.
  Place place;
};

Claimed claimed_of(const Result& rows, int row) {
  return {
      .job = Job{.id = rows.get<Uuid>(row, 0),
                 .request = {.source = {.organization_id = rows.get<Uuid>(row, 1),
                                        .source_type = rows.get<std::string>(row, 2),
                                        .source_id = rows.get<Uuid>(row, 3)},
                             .action = parse_action(rows.get<std::string>(row, 4)),
                             .priority = rows.get<std::int32_t>(row, 5)},
                 .attempts = rows.get<std::int32_t>(row, 6),
                 .token = rows.get<std::int64_t>(row, 7)},
      .priority = rows.get<std::int32_t>(row, 8),
      .place = {.created = rows.get<Timestamp>(row, 9).microseconds, .seq = rows.get<std::int64_t>(row, 10)}};
}

/// Looks at all priorities from the start where there are no reaches.
std::vector<Claimed> claim(pg_conn* connection, std::int64_t worker_id, int limit,
                           const std::vector<Reach>& reaches, std::span<const std::string> without) {
  Params params;
  params.add(worker_id).add(std::int32_t{limit});
  params.add_array(reaches, &Reach::high)
      .add_array(reaches, &Reach::low)
      .add_array(reaches, [](const Reach& reach) { return Timestamp{reach.from.created}; })
      .add_array(reaches, [](const Reach& reach) { return reach.from.seq; })
      .add_array(without);
  const Result rows = execute(connection, kept_claim, params);
  std::vector<Claimed> claimed;
  claimed.reserve(static_cast<std::size_t>(rows.rows()));
  for (int row = 0; row < rows.rows(); ++row) claimed.push_back(claimed_of(rows, row));
  return claimed;
}

std::vector<Job> jobs_of(std::vector<Claimed> claimed) {
  std::vector<Job> jobs;
  jobs.reserve(claimed.size());
  for (Claimed& one : claimed) jobs.push_back(std::move(one.job));
  return jobs;
}

}  // namespace

std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit) {
  return jobs_of(claim(connection, worker_id, limit, {}, {}));
}

std::vector<Job> claim_due(pg_conn* connection, std::int64_t worker_id, int limit, LowWater& low_water,
                           std::span<const std::string> without) {
  std::vector<Claimed> claimed;
  if (low_water.may_skip(LowWater::Clock::now()))
    claimed = claim(connection, worker_id, limit, low_water.reaches(), without);
  if (claimed.empty()) {
    const auto begin = LowWater::Clock::now();
    claimed = claim(connection, worker_id, limit, {}, without);
    low_water.looked(begin, LowWater::Clock::now());
  }
  for (const Claimed& one : claimed) low_water.ended(one.priority, one.place);
  low_water.found_all(static_cast<int>(claimed.size()) == limit);
  return jobs_of(std::move(claimed));
}

}  // namespace ragqueue::pg
