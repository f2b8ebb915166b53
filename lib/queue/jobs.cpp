#include "ragqueue/jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "db/statement.hpp"
#include "queue/request_params.hpp"
#include "queue/sql.hpp"

namespace ragqueue {

namespace {

constexpr std::array<std::string_view, 4> status_names{"pending", "running", "done", "failed"};
constexpr std::size_t most_listed = 10'000;

std::optional<JobInfo::Time> time_of(const pg::Result& rows, int row, int column) {
  const auto timestamp = rows.maybe<pg::Timestamp>(row, column);
  if (!timestamp) return std::nullopt;
  return pg::time_point_of(*timestamp);
}

JobInfo info_of(const pg::Result& rows, int row) {
  return {.id = rows.get<Uuid>(row, 0),
          .source = {.organization_id = rows.get<Uuid>(row, 1),
                     .source_type = rows.get<std::string>(row, 2),
                     .source_id = rows.get<Uuid>(row, 3)},
          .action = rows.get<std::string>(row, 4),
          .priority = rows.get<std::int32_t>(row, 5),
          .status = parse_job_status(rows.get<std::string>(row, 6)),
          .attempts = rows.get<std::int32_t>(row, 7),
          .last_error = rows.get<std::string>(row, 8),
          .created_at = time_of(rows, row, 9),
          .updated_at = time_of(rows, row, 10),
          .due_at = time_of(rows, row, 11),
          .superseded_by = rows.maybe<Uuid>(row, 12)};
}

pg::Params params_of(const JobFilter& filter) {
  pg::Params params;
  params.add(filter.source_type).add(filter.organization_id).add(filter.id);
  return params;
}

}  // namespace

std::string_view to_string(JobStatus status) noexcept {
  return status_names[static_cast<std::size_t>(status)];
}

JobStatus parse_job_status(std::string_view text) {
  const auto* const found = std::ranges::find(status_names, text);
  if (found == status_names.end())
    throw InvalidInput("status", text, "expected pending, running, done or failed");
  return static_cast<JobStatus>(found - status_names.begin());
}

std::vector<JobInfo> list_jobs(pg_conn* connection, const JobListing& listing) {
  if (listing.limit == 0 || listing.limit > most_listed)
    throw InvalidInput("limit", std::to_string(listing.limit),
                       fmt::format("must be from 1 to {}", most_listed));
  std::optional<std::string> status;
  if (listing.status) status = to_string(*listing.status);
  pg::Params params = params_of(listing.filter);
  params.add(status).add(listing.before).add(static_cast<std::int64_t>(listing.limit));
  const pg::Result rows = pg::execute(connection, sql::list_jobs, params);
  std::vector<JobInfo> jobs;
  for (int row = 0; row < rows.rows(); ++row) jobs.push_back(info_of(rows, row));
  return jobs;
}

std::optional<JobInfo> get_job(pg_conn* connection, const Uuid& id) {
  std::vector<JobInfo> jobs = list_jobs(connection, {.filter = {.id = id}, .limit = 1});
  if (jobs.empty()) return std::nullopt;
  return std::move(jobs.front());
}

std::size_t cancel_jobs(pg_conn* connection, const JobFilter& filter) {
  return pg::execute(connection, sql::cancel_jobs, params_of(filter)).affected();
}

}  // namespace ragqueue
