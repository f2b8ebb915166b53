#pragma once

#include <filesystem>

namespace ragqueue {

/// The model file that came with this library: `share/ragqueue/use-lite-en.ragq` beside the library or
/// program that holds this code, or up to three directories above it, then where this build keeps and
/// installs it. Throws Error (Fault::setup) naming every path tried.
[[nodiscard]] std::filesystem::path find_builtin_model();

}  // namespace ragqueue
