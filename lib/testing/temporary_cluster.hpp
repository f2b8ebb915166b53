#pragma once

#include <memory>

#include "local/cluster.hpp"
#include "local/installation.hpp"

namespace ragqueue::testing {

/// Of the release that the environment variable RAGQUEUE_TEST_POSTGRES names, else the newest.
/// Throws Error (Fault::setup).
[[nodiscard]] local::Installation tested_installation();

/// Ends with the object and with the process.
[[nodiscard]] std::unique_ptr<local::Cluster> make_temporary_cluster();

}  // namespace ragqueue::testing
