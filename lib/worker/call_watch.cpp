#include "worker/call_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

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

void CallWatch::step(std::size_t consumer, std::string_view name, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  Step& step = steps_[consumer];
  if (step.name != name) step = {.name = std::string(name), .since = now};
}

std::vector<ConsumerState> CallWatch::consumers(Clock::time_point now) const {
  const auto seconds_since = [now](Clock::time_point past) {
    return std::chrono::duration<double>(now - past).count();
  };
  const std::scoped_lock lock(mutex_);
  std::vector<ConsumerState> states;
  for (std::size_t consumer = 0; consumer < calls_.size(); ++consumer) {
    if (const std::optional<Call>& call = calls_[consumer]) {
      states.push_back(
          {.step = call->extension_point, .seconds = seconds_since(call->since), .source = call->source});
    } else {
      states.push_back({.step = steps_[consumer].name, .seconds = seconds_since(steps_[consumer].since)});
    }
  }
  return states;
}

CallWatch::Clock::duration CallWatch::longest(Clock::time_point now) const {
  const std::scoped_lock lock(mutex_);
  Clock::duration longest{};
  for (const std::optional<Call>& call : calls_) {
    if (call) longest = std::max(longest, now - call->since);
  }
  return longest;
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
