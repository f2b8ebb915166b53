#pragma once

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "local/child_process.hpp"
#include "local/installation.hpp"

namespace ragqueue::local {

/// The longest directory whose socket's path (`/.s.PGSQL.5432` behind it) still fits into a sockaddr_un.
inline constexpr std::size_t longest_socket_directory = 92;

/// What a server has written into its `postmaster.pid`, or another program of its account.
struct PidFile {
  pid_t pid = 0;
  std::filesystem::path socket_directory;
  bool ready = false;
};

[[nodiscard]] std::optional<PidFile> read_pid_file(const std::filesystem::path& data);

/// true while process `pid` works in `data`, an absolute path without links, as no program but its server
/// does. Others' processes are not seen: call it with the rights of the server's account.
[[nodiscard]] bool runs_in(pid_t pid, const std::filesystem::path& data);

/// The options every private server is started with, behind the program's name.
[[nodiscard]] std::vector<std::string> server_options(const std::filesystem::path& data,
                                                      const std::filesystem::path& socket_directory);

/// The options that initdb gets beside the directory. No blanks in them.
inline constexpr std::array<const char*, 7> initdb_options = {"-U",   "postgres",        "-A", "trust", "-E",
                                                              "UTF8", "--locale=C.UTF-8"};

/// Waits until the server in `data` takes connections. `alive` is a pipe whose other end only the server
/// holds, or -1. Throws Error (Fault::setup) with the end of `log` when the server ends, or is not ready
/// within a minute. Call it with the rights of the server's account.
PidFile wait_until_ready(const std::filesystem::path& data, const std::filesystem::path& log, int alive);

/// For the database `postgres` as its superuser.
[[nodiscard]] std::string conninfo_of(const std::filesystem::path& socket_directory);

/// Runs one SQL statement by psql. Throws Error (Fault::setup) with what psql said.
void execute(const Installation& installation, const std::string& conninfo, const std::string& sql);

/// The last lines of a server's log, for an error message.
[[nodiscard]] std::string tail_of(const std::filesystem::path& log);

/// The value between quotes, with each `quote` and `escape` in it led by `escape`.
[[nodiscard]] std::string in_quotes(std::string_view value, char quote, char escape);

}  // namespace ragqueue::local
