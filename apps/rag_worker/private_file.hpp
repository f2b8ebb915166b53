#pragma once

#include <string>
#include <string_view>

namespace rag_worker {

/// The whole of a file that holds secrets. Throws UsageError, which names the `option`, when it cannot be
/// read, is empty, or may be read by others: as PostgreSQL does for key files, it takes mode 0600 or less,
/// and of root's files 0640 or less.
[[nodiscard]] std::string read_private_file(const std::string& path, std::string_view option);

}  // namespace rag_worker
