#include <array>
#include <memory>
#include <random>

#include "ragqueue/testing/fake_embedding_server.hpp"

namespace ragqueue::testing {

FaultScript fault_sequence(std::vector<std::optional<ServerFault>> faults) {
  return [faults = std::move(faults), next = std::size_t{0}](const EmbeddingCall&) mutable {
    return next < faults.size() ? faults[next++] : std::nullopt;
  };
}

FaultScript random_faults(const FaultRates& rates, std::uint64_t seed) {
  using Kind = ServerFault::Kind;
  const std::array<std::pair<double, ServerFault>, 5> faults{{
      {rates.too_many_requests, {.kind = Kind::refused, .status = 429}},
      {rates.unavailable, {.kind = Kind::refused, .status = 503}},
      {rates.reset, {.kind = Kind::reset_within_reply}},
      {rates.half_reply, {.kind = Kind::half_reply}},
      {rates.slow, {.kind = Kind::late, .pause = std::chrono::seconds(1)}},
  }};
  return
      [faults, random = std::mt19937_64(seed)](const EmbeddingCall&) mutable -> std::optional<ServerFault> {
        // The standard library's own distribution differs from one to another.
        double chance = static_cast<double>(random() >> 11U) / static_cast<double>(1ULL << 53U);
        for (const auto& [rate, fault] : faults) {
          if (chance < rate) return fault;
          chance -= rate;
        }
        return std::nullopt;
      };
}

}  // namespace ragqueue::testing
