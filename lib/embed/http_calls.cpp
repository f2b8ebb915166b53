#include "embed/http_calls.hpp"

#include <algorithm>
#include <utility>

namespace ragqueue {

HttpCalls::HttpCalls(const HttpClientOptions& options, std::size_t least, std::size_t most)
    : limit_(least, most), client_(options) {}

std::shared_ptr<HttpCalls::Inbox> HttpCalls::open() {
  const std::lock_guard lock(mutex_);
  ++lanes_;
  return std::make_shared<Inbox>();
}

void HttpCalls::close(const std::shared_ptr<Inbox>& inbox) {
  const std::lock_guard lock(mutex_);
  --lanes_;
  if (std::exchange(inbox->wants_more_, false)) --wanting_;
}

bool HttpCalls::may_send() const {
  return in_flight_ < limit_.limit() && Clock::now() >= held_until_;
}

bool HttpCalls::reserve(Inbox& inbox) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(inbox.wants_more_, true)) ++wanting_;
  if (!may_send()) return false;
  ++in_flight_;
  return true;
}

void HttpCalls::sated(Inbox& inbox) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(inbox.wants_more_, false)) --wanting_;
}

void HttpCalls::send(const std::shared_ptr<Inbox>& inbox, std::size_t call, std::string url, std::string body,
                     double work, const std::stop_token& stop) {
  const auto started = Clock::now();
  const std::weak_ptr<Inbox> address = inbox;
  client_.post(std::move(url), std::move(body), stop,
               [this, address, call, started, work](HttpReply&& reply) {
                 finish(address, {.call = call, .reply = std::move(reply), .started = started}, work);
               });
}

void HttpCalls::finish(const std::weak_ptr<Inbox>& inbox, Answer&& answer, double work) {
  constexpr unsigned good = 200;
  const std::lock_guard lock(mutex_);
  --in_flight_;
  if (answer.reply.status == good && answer.reply.error.empty()) {
    limit_.finished(Clock::now(), work, wanting_ > 0);
  }
  if (const auto open = inbox.lock()) open->answers_.push_back(std::move(answer));
  changed_.notify_all();
}

std::optional<HttpCalls::Answer> HttpCalls::wait(Inbox& inbox, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return !inbox.answers_.empty() || (inbox.wants_more_ && may_send()); };
  while (!ready() && !stop.stop_requested()) {
    // Nobody announces the end of a hold.
    const bool holds = inbox.wants_more_ && Clock::now() < held_until_;
    if (holds) {
      changed_.wait_until(lock, stop, held_until_, ready);
    } else {
      changed_.wait(lock, stop, [&] { return ready() || (inbox.wants_more_ && Clock::now() < held_until_); });
    }
  }
  if (inbox.answers_.empty()) return std::nullopt;
  Answer answer = std::move(inbox.answers_.front());
  inbox.answers_.pop_front();
  return answer;
}

void HttpCalls::hold(std::chrono::milliseconds pause) {
  const std::lock_guard lock(mutex_);
  held_until_ = std::max(held_until_, Clock::now() + pause);
  changed_.notify_all();
}

bool HttpCalls::refused(Clock::time_point started) {
  const std::lock_guard lock(mutex_);
  return limit_.refused(started, Clock::now());
}

std::size_t HttpCalls::share() const {
  const std::lock_guard lock(mutex_);
  return std::max<std::size_t>(limit_.limit() / std::max<std::size_t>(lanes_, 1), 1);
}

}  // namespace ragqueue
