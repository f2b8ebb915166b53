#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "local/child_process.hpp"

namespace ragqueue::local {

/// The last `most` bytes of a file; nothing if there is none. Throws Error (Fault::setup) that names it when
/// it cannot be read or is no regular file: a link leads elsewhere, and a pipe may never end.
[[nodiscard]] std::optional<std::string> read_regular_file(const std::filesystem::path& path,
                                                           std::size_t most = 65'536);

/// Opens a regular file for writing, with flags beside that such as O_APPEND. Throws as above, also when it
/// is missing.
[[nodiscard]] Descriptor open_regular_file(const std::filesystem::path& path, int flags);

/// Writes all of it. Throws Error (Fault::setup) that names `path`.
void write_all(const Descriptor& file, std::string_view content, const std::filesystem::path& path);

}  // namespace ragqueue::local
