#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "db/params.hpp"
#include "ragqueue/request.hpp"

namespace ragqueue::pg {

inline constexpr std::chrono::sys_days postgres_epoch = std::chrono::year(2000) / 1 / 1;

[[nodiscard]] inline Timestamp timestamp_of(std::chrono::system_clock::time_point moment) {
  return {std::chrono::floor<std::chrono::microseconds>(moment - postgres_epoch).count()};
}
[[nodiscard]] inline std::chrono::system_clock::time_point time_point_of(Timestamp timestamp) {
  return postgres_epoch + std::chrono::microseconds(timestamp.microseconds);
}

/// The arrays of organizations, types, ids, actions, priorities and moments, as enqueue_many.sql has them.
/// `request_of` gives the request of an item.
template <class Range, class RequestOf = std::identity>
void add_requests(Params& params, const Range& items, RequestOf request_of = {}) {
  const auto array = [&](const auto& value_of) {
    params.add_array(items, [&](const auto& item) { return value_of(std::invoke(request_of, item)); });
  };
  array([](const Request& request) { return request.source.organization_id; });
  array([](const Request& request) { return std::string_view(request.source.source_type); });
  array([](const Request& request) { return request.source.source_id; });
  array([](const Request& request) { return to_string(request.action); });
  array([](const Request& request) { return std::int32_t{request.priority}; });
  array([](const Request& request) -> std::optional<Timestamp> {
    if (!request.not_before) return std::nullopt;
    return timestamp_of(*request.not_before);
  });
}

}  // namespace ragqueue::pg
