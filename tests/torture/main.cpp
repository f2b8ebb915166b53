#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "chamber.hpp"
#include "support/remove_tree.hpp"

using namespace ragqueue::torture;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view usage =
    "ragqueue_torture [--rounds N] [--first N] [--seed N] [--workers N] [--chaos-ms N] [--failover-every N]\n"
    "Real workers and a real PostgreSQL pair under faults by seed; after each round the queue, the index and "
    "the\n"
    "workers' own evidence are held against the sources. Exit 1 and the directory kept at the first "
    "violation.\n";

struct Options {
  unsigned rounds = 10, first = 0, workers = 3, chaos_ms = 4'000, failover_every = 5;
  unsigned seed = 1;
};

Options parse(int count, char** arguments) {
  Options options;
  const std::map<std::string_view, unsigned*> names = {
      {"--rounds", &options.rounds},     {"--first", &options.first},
      {"--seed", &options.seed},         {"--workers", &options.workers},
      {"--chaos-ms", &options.chaos_ms}, {"--failover-every", &options.failover_every}};
  for (int at = 1; at < count; at += 2) {
    const auto name = names.find(arguments[at]);
    const std::string_view value = at + 1 < count ? arguments[at + 1] : "";
    if (name == names.end() || value.empty() ||
        std::from_chars(value.data(), value.data() + value.size(), *name->second).ptr !=
            value.data() + value.size()) {
      throw std::invalid_argument(std::string(usage));
    }
  }
  return options;
}

fs::path make_directory() {
  std::string name = fs::temp_directory_path() / "ragqueue-torture-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  chmod(name.c_str(), 0755);  // the servers' account goes through
  return name;
}

struct Totals {
  std::size_t rounds = 0, jobs = 0, runs = 0, edits = 0, violations = 0, lost_commits = 0, condemned = 0,
              late = 0;
  std::map<Blow, std::size_t> blows;
  double longest = 0;

  void add(const RoundResult& result) {
    ++rounds;
    jobs += result.findings.jobs;
    runs += result.findings.runs;
    late += result.findings.late;
    edits += result.edits;
    violations += result.findings.violations.size();
    lost_commits += result.lost_commits;
    condemned += result.condemned;
    longest = std::max(longest, result.settled_after);
    for (const auto& [blow, times] : result.blows) blows[blow] += times;
  }
};

void print(unsigned round, const RoundResult& result) {
  const Findings& found = result.findings;
  std::size_t blows = 0;
  for (const auto& [blow, times] : result.blows) blows += times;
  fmt::print(
      "round {}: {} edits, {} jobs ({} done, {} superseded, {} failed), {} runs, {} stores undone, {} "
      "rescues, "
      "{} attempts spent, {} condemned, {} blows, {} COMMITs in doubt, settled in {:.1f} s: {} violations\n",
      round, result.edits, found.jobs, found.done, found.superseded, found.failed, found.runs, found.late,
      found.rescued, found.spent, result.condemned, blows, result.lost_commits, result.settled_after,
      found.violations.size());
  std::fflush(stdout);
}

void print(const std::vector<std::string>& violations) {
  constexpr std::size_t most = 12, most_bytes = 1'500;
  for (std::size_t next = 0; next < std::min(most, violations.size()); ++next) {
    fmt::print("VIOLATION {:.{}}\n", violations[next], most_bytes);
  }
  if (violations.size() > most) fmt::print("and {} more\n", violations.size() - most);
}

void print(const Totals& totals) {
  fmt::print(
      "total: {} rounds, {} edits, {} jobs, {} runs, {} stores undone, {} COMMITs in doubt, {} condemned, "
      "longest settling {:.1f} s, {} violations\n",
      totals.rounds, totals.edits, totals.jobs, totals.runs, totals.late, totals.lost_commits,
      totals.condemned, totals.longest, totals.violations);
  for (const auto& [blow, times] : totals.blows) fmt::print("  {:>5} x {}\n", times, to_string(blow));
}

int torture(const Options& options, const fs::path& directory) {
  Chamber chamber({.worker_program = fs::read_symlink("/proc/self/exe").parent_path() / "torture_worker",
                   .directory = directory,
                   .workers = options.workers,
                   .seed = options.seed,
                   .chaos = std::chrono::milliseconds(options.chaos_ms)});
  Totals totals;
  for (unsigned round = options.first; round < options.first + options.rounds; ++round) {
    const bool fails_over = options.failover_every > 0 && (round + 1) % options.failover_every == 0;
    const RoundResult result = chamber.run_round(round, fails_over);
    totals.add(result);
    print(round, result);
    if (result.findings.violations.empty()) continue;
    print(result.findings.violations);
    for (const std::string& line : result.journal) fmt::print("  {}\n", line);
    fmt::print(
        "seed {}, round {}: ragqueue_torture --seed {} --first {} --rounds 1 --workers {} --chaos-ms {} "
        "--failover-every {}; kept: {}\n",
        options.seed, round, options.seed, round, options.workers, options.chaos_ms, options.failover_every,
        directory.string());
    break;
  }
  print(totals);
  return totals.violations == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    signal(SIGPIPE, SIG_IGN);
    const Options options = parse(count, arguments);
    const fs::path directory = make_directory();
    const int status = torture(options, directory);
    if (status == 0) ragqueue::testing::remove_tree(directory);
    return status;
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "{}", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ragqueue_torture: {}\n", error.what());
    return 2;
  }
}
