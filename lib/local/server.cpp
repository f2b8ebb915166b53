#include "local/server.hpp"

#include <poll.h>

#include <charconv>
#include <chrono>
#include <sstream>

#include "local/files.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::local {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream text(read_regular_file(path).value_or(""));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

}  // namespace

/// The file's lines are given in PostgreSQL's miscadmin.h, LOCK_FILE_LINE_*.
std::optional<PidFile> read_pid_file(const fs::path& data) {
  constexpr std::size_t socket_line = 4, status_line = 7;
  const std::vector<std::string> lines = lines_of(data / "postmaster.pid");
  PidFile result;
  if (lines.empty() ||
      std::from_chars(lines[0].data(), lines[0].data() + lines[0].size(), result.pid).ec != std::errc{}) {
    return {};
  }
  if (lines.size() > socket_line) result.socket_directory = lines[socket_line];
  result.ready = lines.size() > status_line && lines[status_line].starts_with("ready");
  return result;
}

bool runs_in(pid_t pid, const fs::path& data) {
  std::error_code not_ours;
  return fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", not_ours) == data;
}

std::vector<std::string> server_options(const fs::path& data, const fs::path& socket_directory) {
  return {"-D", data.string(),      "-p", "5432", "-k", in_quotes(socket_directory.string(), '"', '"'),
          "-c", "listen_addresses="};
}

PidFile wait_until_ready(const fs::path& data, const fs::path& log, int alive) {
  constexpr int interval = 10;  // milliseconds
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  pollfd end{alive, 0, 0};
  while (std::chrono::steady_clock::now() < deadline) {
    const std::optional<PidFile> file = read_pid_file(data);
    if (file && file->ready && runs_in(file->pid, data)) return *file;
    if (poll(&end, 1, interval) > 0) throw Error(Fault::setup, "PostgreSQL did not start:\n" + tail_of(log));
  }
  throw Error(Fault::setup, "PostgreSQL was not ready within a minute:\n" + tail_of(log));
}

/// With a password of no use: whoever took the server's place and asks for one shall not get what PGPASSWORD
/// or
/// ~/.pgpass have for others.
std::string conninfo_of(const fs::path& socket_directory) {
  return "host=" + in_quotes(socket_directory.string(), '\'', '\\') +
         " port=5432 dbname=postgres user=postgres password=none";
}

void execute(const Installation& installation, const std::string& conninfo, const std::string& sql) {
  const Outcome outcome = run({{installation.program("psql"), "--no-psqlrc", "--quiet", "--dbname", conninfo,
                                "--set", "ON_ERROR_STOP=1", "--command", sql},
                               {}});
  if (outcome.exit_code != 0) throw Error(Fault::setup, sql + ": " + outcome.output);
}

std::string tail_of(const fs::path& log) try {
  constexpr std::size_t most = 15;
  const std::vector<std::string> lines = lines_of(log);
  std::string tail;
  for (std::size_t i = lines.size() > most ? lines.size() - most : 0; i < lines.size(); ++i)
    tail += lines[i] + "\n";
  return tail.empty() ? "(it left nothing in " + log.string() + ")" : tail;
} catch (const Error& error) {
  return error.what();
}

std::string in_quotes(std::string_view value, char quote, char escape) {
  std::string result(1, quote);
  for (const char c : value) {
    if (c == quote || c == escape) result += escape;
    result += c;
  }
  return result + quote;
}

}  // namespace ragqueue::local
