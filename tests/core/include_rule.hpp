#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ragqueue::testing {

/// Reads the #include lines below `root` (include/ragqueue, lib, apps) and returns one line for each that
/// breaks the rule:
///
/// - a public header includes only the standard library and public headers;
/// - lib/core is pure: of other libraries it has only fmt and ICU, of the standard library nothing that does
/// I/O;
/// - only lib/pg has libpq, only lib/embed has curl and simdjson;
/// - a room of lib includes only itself and rooms below it, by their path from lib; pg and embed never see
/// each other;
/// - apps use public headers, not the rooms;
/// - no header includes itself, by whatever way round.
[[nodiscard]] std::vector<std::string> find_include_violations(const std::filesystem::path& root);

}  // namespace ragqueue::testing
