#include "worker/call_watch.hpp"

#include <fmt/format.h>

namespace ragqueue {

void CallWatch::begin(std::size_t consumer, std::string_view extension_point,
                      const std::optional<SourceKey>& source, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  calls_[consumer] = Call{.extension_point = std::string(extension_point),
                          .source = source,
                          .since = now,
                          .next = now + interval_};
}

void CallWatch::end(std::size_t consumer) {
  const std::scoped_lock lock(mutex_);
  calls_[consumer].reset();
}

std::string CallWatch::words(const Call& call, Clock::time_point now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - call.since).count();
  if (!call.source)
    return fmt::format("the {} has not returned for {} s, asked whether it works again", call.extension_point,
                       seconds);
  return fmt::format("the {} has not returned for {} s, at {} '{}' of organization {}", call.extension_point,
                     seconds, call.source->source_type, call.source->source_id.to_string(),
                     call.source->organization_id.to_string());
}

std::optional<std::string> CallWatch::describe(std::size_t consumer, Clock::time_point now) const {
  const std::scoped_lock lock(mutex_);
  if (!calls_[consumer]) return std::nullopt;
  return words(*calls_[consumer], now);
}

std::vector<std::string> CallWatch::overdue(Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> told;
  for (std::optional<Call>& call : calls_) {
    if (!call || now < call->next) continue;
    call->next = now + interval_;
    told.push_back(words(*call, now));
  }
  return told;
}

}  // namespace ragqueue
