#include "run_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "db/statement.hpp"

namespace ragqueue::torture {

namespace {

std::string describe(const Run& run) {
  return fmt::format("{} job {} token {} process {} [{}, {}] transaction {} of server {}", run.source,
                     run.job, run.token, run.process, run.began, run.ended, run.transaction, run.server);
}

/// Transactions are known by the server while it runs. One of an earlier server's is known by the row that it
/// wrote last: numbers may be given out again after a crash.
class Commits {
 public:
  Commits(pg_conn* connection, const std::vector<QueueRow>& rows) : connection_(connection) {
    server_ = pg::execute(connection, "SELECT extract(epoch FROM pg_postmaster_start_time())::text")
                  .get<std::string>(0, 0);
    for (const QueueRow& row : rows) writers_[row.id.to_string()] = row.status + row.last_writer;
  }

  [[nodiscard]] bool contains(const Run& run) const {
    if (run.ended == 0) return false;
    if (run.server == server_) {
      return pg::execute(connection_, "SELECT pg_xact_status($1::text::xid8)",
                         pg::Params().add(run.transaction))
                 .maybe<std::string>(0, 0) == "committed";
    }
    return acknowledged(run);
  }

  /// Whether the run's transaction is the one that made its job done.
  [[nodiscard]] bool acknowledged(const Run& run) const {
    const auto row = writers_.find(run.job);
    constexpr std::uint64_t epoch = std::uint64_t{1} << 32U;
    return row != writers_.end() &&
           row->second == fmt::format("done{}", std::stoull(run.transaction) % epoch);
  }

 private:
  pg_conn* connection_;
  std::string server_;
  std::map<std::string, std::string> writers_;
};

void check_order(const std::vector<Run>& runs, Findings& findings) {
  std::map<std::string, std::vector<const Run*>> by_source;
  for (const Run& run : runs) by_source[run.source].push_back(&run);
  for (auto& [source, own] : by_source) {
    std::ranges::sort(own, {}, &Run::ended);
    std::int64_t token = 0;
    for (std::size_t next = 0; next < own.size(); ++next) {
      if (next > 0 && own[next]->began < own[next - 1]->ended) {
        findings.violations.push_back(fmt::format("two runs of one source at once:\n    {}\n    {}",
                                                  describe(*own[next - 1]), describe(*own[next])));
      }
      if (own[next]->token != 0 && own[next]->token <= token) {
        findings.violations.push_back("a token that does not rise: " + describe(*own[next]));
      }
      token = std::max(token, own[next]->token);
    }
  }
}

void check_acknowledgements(const Commits& commits, const std::vector<QueueRow>& rows,
                            const std::vector<Run>& runs, Findings& findings) {
  std::map<std::string, std::size_t> stores;
  for (const Run& run : runs) {
    if (run.job == "-") {
      findings.violations.push_back("a store without a claim that its transaction had locked: " +
                                    describe(run));
    } else if (++stores[run.job] > 1) {
      findings.violations.push_back("a job stored twice: " + describe(run));
    } else if (!commits.acknowledged(run)) {
      findings.violations.push_back("a store without its acknowledgement in one transaction: " +
                                    describe(run));
    }
  }
  for (const QueueRow& row : rows) {
    const bool is_to_be_stored = row.status == "done" && !row.superseded;
    if (is_to_be_stored && !stores.contains(row.id.to_string())) {
      findings.violations.push_back(
          fmt::format("a job done, and never stored: {} of {}", row.id.to_string(), word_of(row.source)));
    }
  }
}

}  // namespace

void check_runs(pg_conn* connection, const std::vector<QueueRow>& rows, const std::vector<Run>& runs,
                Findings& findings) {
  const Commits commits(connection, rows);
  std::vector<Run> committed;
  std::ranges::copy_if(runs, std::back_inserter(committed),
                       [&](const Run& run) { return commits.contains(run); });
  findings.runs = committed.size();
  findings.late = runs.size() - committed.size();
  check_order(committed, findings);
  check_acknowledgements(commits, rows, committed, findings);
}

}  // namespace ragqueue::torture
