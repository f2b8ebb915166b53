#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"
#include "ragqueue/uuid.hpp"

namespace ragqueue {

/// What a request asks for. Stored as `upsert` and `delete`.
enum class Action { upsert, remove };

[[nodiscard]] RAGQUEUE_EXPORT std::string_view to_string(Action action) noexcept;
/// Reads `upsert` or `delete`. Throws InvalidInput.
[[nodiscard]] RAGQUEUE_EXPORT Action parse_action(std::string_view text);

inline constexpr int min_priority = 0;
inline constexpr int max_priority = 100;
inline constexpr int default_priority = 5;
inline constexpr std::size_t max_source_type_length = 50;

/// Names one row of the application: the unit that is indexed, replaced and removed as a whole.
struct SourceKey {
  OrganizationId organization_id;
  std::string source_type;  ///< `ticket`, `kb`, `asset` or a configured name; 1 to 50 characters.
  SourceId source_id;

  friend auto operator<=>(const SourceKey&, const SourceKey&) = default;
};

/// One wish of the application: bring the index in step with this source.
struct Request {
  SourceKey source;
  Action action = Action::upsert;
  int priority = default_priority;  ///< min_priority to max_priority; the highest is served first.
  /// Not before this moment, by the database's clock; until then requests for the same source run without
  /// waiting for it, and do not supersede it. Empty: at once. A claimed job does not tell it.
  std::optional<std::chrono::system_clock::time_point> not_before{};

  friend bool operator==(const Request&, const Request&) = default;
};

/// Throws InvalidInput when the source type or the priority is out of its bounds.
RAGQUEUE_EXPORT void validate(const Request& request);

/// A claimed request. `token` is the fence: every acknowledgement carries it, and no two claims share one.
struct Job {
  Uuid id;
  Request request;
  int attempts = 0;  ///< Failed attempts so far.
  std::int64_t token = 0;
  double waited = 0;  ///< Seconds from the request to the claim.
};

}  // namespace ragqueue
