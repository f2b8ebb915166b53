#include "worker/lock_claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "ragqueue/error.hpp"
#include "worker/sql.hpp"

namespace ragqueue {

pg::SessionState lock_claims(pg_conn* transaction, std::span<const Job> jobs) {
  const pg::Result rows =
      pg::execute(transaction, sql::lock_claims,
                  pg::Params().add_array(jobs, &Job::id).add_array(pg::watched_settings()));
  std::size_t locked = 0;
  for (int row = 0; row < rows.rows(); ++row) {
    const Uuid id = rows.get<Uuid>(row, 0);
    const auto token = rows.get<std::int64_t>(row, 1);
    locked +=
        std::ranges::any_of(jobs, [&](const Job& job) { return job.id == id && job.token == token; }) ? 1 : 0;
  }
  if (locked != jobs.size()) {
    throw LostClaim(
        fmt::format("{} of {} claims were taken over by another worker", jobs.size() - locked, jobs.size()));
  }
  return pg::session_of(rows, 2);
}

}  // namespace ragqueue
