#include "worker/faults.hpp"

#include <fmt/format.h>

namespace ragqueue {

namespace {

using Clock = FaultReport::Clock;

double in_seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void Faults::failed(std::string_view name, std::string_view error) {
  if (name == database) database_watch_.down(error);
  const std::scoped_lock lock(mutex_);
  const auto lasted = reports_[std::string(name)].failed(Clock::now());
  if (!lasted || !log_) return;
  std::string message = *lasted < std::chrono::seconds(1)
                            ? fmt::format("{} fails: {}", name, error)
                            : fmt::format("{} has failed for {:.0f} s: {}", name, in_seconds(*lasted), error);
  log_({.level = LogLevel::warning, .message = std::move(message), .fields = {}});
}

void Faults::works(std::string_view name) {
  if (name == database) database_watch_.up();
  const std::scoped_lock lock(mutex_);
  const auto report = reports_.find(name);
  if (report == reports_.end()) return;
  const auto lasted = report->second.over(Clock::now());
  if (!lasted || !log_) return;
  log_({.level = LogLevel::info,
        .message = fmt::format("{} works again, after {:.1f} s", name, in_seconds(*lasted)),
        .fields = {}});
}

}  // namespace ragqueue
