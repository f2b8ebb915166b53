#pragma once

#include <memory>

#include "local/cluster.hpp"

namespace ragqueue::testing {

/// Ends with the object and with the process.
[[nodiscard]] std::unique_ptr<local::Cluster> make_temporary_cluster();

}  // namespace ragqueue::testing
