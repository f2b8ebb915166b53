#pragma once

#include <cstdint>
#include <memory>

#include "evidence.hpp"
#include "ragqueue/process.hpp"
#include "weather.hpp"

namespace ragqueue::torture {

/// The pipeline of a worker under torture: real steps, an embedder with the weather's faults, and each step
/// telling the log what it does.
[[nodiscard]] Pipeline make_witnessed_pipeline(const EvidenceLog& log, const Weather& weather,
                                               std::uint64_t seed);

}  // namespace ragqueue::torture
