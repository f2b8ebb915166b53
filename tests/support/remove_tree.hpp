#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>

#include "support/eventually.hpp"

namespace ragqueue::testing {

/// Removes a directory in which the processes of a server that is ending may still remove files of their own.
inline void remove_tree(const std::filesystem::path& directory) {
  eventually("the removal of " + directory.string(), [&] {
    std::error_code error;
    std::filesystem::remove_all(directory, error);
    return !error && !std::filesystem::exists(directory);
  });
}

}  // namespace ragqueue::testing
