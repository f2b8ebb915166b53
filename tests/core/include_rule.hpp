#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ragqueue::testing {

/// Reads the #include lines below `root` (include/ragqueue, lib, apps) and returns one line for each that
/// breaks the rule:
///
/// - a public header includes only the standard library and public headers;
/// - lib/base and lib/chunk do no I/O;
/// - only lib/db has libpq, only lib/embed/http has curl and simdjson, only lib/embed/model has Eigen;
/// - a room of lib includes only itself and the rooms that it sees, by their path from lib;
/// - apps use public headers, not the rooms;
/// - no header includes itself, by whatever way round.
[[nodiscard]] std::vector<std::string> find_include_violations(const std::filesystem::path& root);

}  // namespace ragqueue::testing
