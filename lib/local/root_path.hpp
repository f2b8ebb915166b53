#pragma once

#include <filesystem>

#include "local/child_process.hpp"

namespace ragqueue::local {

enum class Missing { leave, make };

/// For root: opens the directory at an absolute path, and makes what is missing of it, the last directory for
/// root alone. Nobody else can turn the way: a link is followed only where root alone may place one. Returns
/// no descriptor (-1) for a directory that is missing and is to be left so. Throws Error (Fault::setup) that
/// names the path and what is wrong with it.
[[nodiscard]] Descriptor open_directory_as_root(const std::filesystem::path& path, Missing missing);

}  // namespace ragqueue::local
