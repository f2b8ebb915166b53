#pragma once

#include <cstddef>
#include <exception>
#include <span>
#include <string_view>

#include "ragqueue/error.hpp"

namespace ragqueue {

/// Whether the work itself is to blame, and not a server or the set-up.
[[nodiscard]] inline bool is_own_fault(Fault fault) noexcept {
  return fault == Fault::input || fault == Fault::job;
}

/// Runs `step` on the whole group. A fault of the group's own is bisected until the guilty one
/// stands alone, and `blame(one, message, permanent)` is told; the others pass. Outages and set-up faults
/// leave as exceptions.
template <class Item, class Step, class Blame>
void bisect(std::span<Item> group, const Step& step, const Blame& blame) {
  if (group.empty()) return;
  const auto guilty = [&](const std::exception& error, bool permanent) {
    if (group.size() == 1) blame(group.front(), std::string_view(error.what()), permanent);
  };
  try {
    return step(group);
  } catch (const Error& error) {
    if (!is_own_fault(error.fault())) throw;
    guilty(error, error.fault() == Fault::input);
  } catch (const std::exception& error) {
    guilty(error, false);
  }
  if (group.size() == 1) return;
  const std::size_t middle = group.size() / 2;
  bisect(group.first(middle), step, blame);
  bisect(group.subspan(middle), step, blame);
}

}  // namespace ragqueue
