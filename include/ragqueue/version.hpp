#pragma once

/// The version that these headers belong to, as numbers and text. While the major version is 0, a new minor
/// version may break sources and binaries; the shared library's soname has both.
#define RAGQUEUE_VERSION_MAJOR 0
#define RAGQUEUE_VERSION_MINOR 1
#define RAGQUEUE_VERSION_PATCH 0

#include <string_view>

#include "ragqueue/export.hpp"

namespace ragqueue {

/// The version of the library that is loaded, as "0.1.0"; it differs from the headers' where a program runs
/// with another one than it was compiled with. Thread-safe.
[[nodiscard]] RAGQUEUE_EXPORT std::string_view version() noexcept;

}  // namespace ragqueue
