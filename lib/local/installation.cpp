#include "local/installation.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "local/child_process.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::local {
namespace {

namespace fs = std::filesystem;

bool runnable(const fs::path& program) {
  return access(program.c_str(), X_OK) == 0;
}

std::string first_line(const Outcome& outcome) {
  return outcome.output.substr(0, outcome.output.find('\n'));
}

std::vector<fs::path> search_path() {
  std::vector<fs::path> directories;
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    directories.emplace_back(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return directories;
}

std::vector<fs::path> candidates() {
  std::vector<fs::path> directories;
  std::error_code ignored;
  for (const fs::directory_entry& release : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    directories.push_back(release.path() / "bin");
  }
  for (const fs::path& directory : search_path()) {
    directories.push_back(directory);
    if (const fs::path config = directory / "pg_config"; runnable(config)) {
      directories.emplace_back(first_line(run({{config.string(), "--bindir"}, {}})));
    }
  }
  std::erase_if(directories, [](const fs::path& directory) {
    return !directory.is_absolute() || !runnable(directory / "initdb") || !runnable(directory / "postgres") ||
           !runnable(directory / "psql");
  });
  return directories;
}

/// From `postgres (PostgreSQL) 15.4 (Debian ...)`.
int release_of_programs(const fs::path& programs) {
  const std::string line = first_line(run({{(programs / "postgres").string(), "--version"}, {}}));
  constexpr std::string_view mark = "(PostgreSQL) ";
  const std::size_t at = line.find(mark);
  int major = 0;
  if (at != std::string::npos) {
    std::from_chars(line.data() + at + mark.size(), line.data() + line.size(), major);
  }
  return major;
}

bool has_pgvector(const fs::path& programs) {
  if (!runnable(programs / "pg_config")) return false;
  const fs::path share = first_line(run({{(programs / "pg_config").string(), "--sharedir"}, {}}));
  return fs::exists(share / "extension" / "vector.control");
}

[[noreturn]] void refuse(int newest, std::optional<int> wanted) {
  if (newest == 0) {
    const std::string release = wanted ? " of release " + std::to_string(*wanted) : "";
    throw Error(Fault::setup,
                "no PostgreSQL server" + release +
                    " found in /usr/lib/postgresql or PATH: install the packages postgresql and "
                    "pgvector (cmake/setup.sh server does)");
  }
  const std::string package = "postgresql-" + std::to_string(newest) + "-pgvector";
  throw Error(Fault::setup, "PostgreSQL " + std::to_string(newest) +
                                " is installed without pgvector: install " + package +
                                " (cmake/setup.sh server does)");
}

}  // namespace

Installation find_installation(std::optional<int> major) {
  Installation best;
  int newest = 0;
  for (const fs::path& programs : candidates()) {
    const int release = release_of_programs(programs);
    if (release <= best.major || (major && release != *major)) continue;
    newest = std::max(newest, release);
    if (has_pgvector(programs)) best = {programs, release};
  }
  if (best.major == 0) refuse(newest, major);
  return best;
}

}  // namespace ragqueue::local
