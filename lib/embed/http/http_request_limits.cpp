#include "embed/http/http_request_limits.hpp"

#include <algorithm>
#include <utility>

namespace ragqueue {

void LearntLimit::cap(std::size_t most) {
  most_ = std::min(most_, most);
  limit_ = std::min(limit_, most_);
}

void LearntLimit::refuse(std::size_t size, std::size_t told) {
  passed_ = 0;
  if (const std::size_t proven = std::exchange(proven_, 0); proven > 0 && size > proven) {
    pause_ = std::min(2 * pause_, longest_pause);
    limit_ = std::min(limit_, proven);
    return;
  }
  if (told > 0) pause_ = longest_pause;
  limit_ = std::max<std::size_t>(std::min(limit_, told > 0 ? told : size / 2), 1);
}

void LearntLimit::pass(std::size_t size) {
  const bool full = size >= limit_ - limit_ / 10;
  if (limit_ == most_ || !full || ++passed_ < pause_) return;
  passed_ = 0;
  proven_ = limit_;
  limit_ = std::min(most_, limit_ + std::max<std::size_t>(limit_ / 2, 1));
}

RequestLimits LearntLimits::now() const {
  const std::lock_guard lock(mutex_);
  return {.texts = texts_.now(), .tokens = tokens_.now(), .bytes = bytes_.now()};
}

void LearntLimits::cap(const RequestLimits& most) {
  const std::lock_guard lock(mutex_);
  texts_.cap(most.texts);
  tokens_.cap(most.tokens);
  bytes_.cap(most.bytes);
}

void LearntLimits::refuse(const RequestLimits& size, const ReplyClass& reply) {
  using Measure = ReplyClass::Measure;
  const std::lock_guard lock(mutex_);
  const bool unknown = reply.measure == Measure::unknown;
  if (unknown || reply.measure == Measure::texts) texts_.refuse(size.texts, reply.most_texts);
  if (unknown || reply.measure == Measure::tokens) tokens_.refuse(size.tokens, 0);
  if (unknown || reply.measure == Measure::bytes) bytes_.refuse(size.bytes, 0);
}

void LearntLimits::pass(const RequestLimits& size) {
  const std::lock_guard lock(mutex_);
  texts_.pass(size.texts);
  tokens_.pass(size.tokens);
  bytes_.pass(size.bytes);
}

}  // namespace ragqueue
