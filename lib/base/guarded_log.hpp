#pragma once

#include <utility>

#include "ragqueue/log.hpp"

namespace ragqueue {

/// A log that cannot be written must not end what it tells of. What it throws is dropped: there is nowhere
/// left to say so.
inline Log guarded(Log log) {
  if (!log) return log;
  return [log = std::move(log)](const LogEntry& entry) {
    try {
      log(entry);
    } catch (...) {
      return;
    }
  };
}

}  // namespace ragqueue
