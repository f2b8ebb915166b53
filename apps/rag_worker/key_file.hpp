#pragma once

#include <string>

namespace rag_worker {

/// The first line of the file. Throws UsageError when it cannot be read, is empty, or may be read by others:
/// as PostgreSQL does for key files, it takes mode 0600 or less, and of root's files 0640 or less.
[[nodiscard]] std::string read_key_file(const std::string& path);

}  // namespace rag_worker
