#include "embed/http/http_calls.hpp"

#include <algorithm>
#include <utility>

namespace ragqueue {

HttpCalls::HttpCalls(const HttpClientOptions& options, std::size_t least, std::size_t most)
    : limit_(least, most), client_(options) {}

std::shared_ptr<HttpCalls::Inbox> HttpCalls::open(bool urgent) {
  auto inbox = std::make_shared<Inbox>();
  inbox->urgent_ = urgent;
  const std::lock_guard lock(mutex_);
  if (!urgent) ++consumers_;
  return inbox;
}

void HttpCalls::close(const std::shared_ptr<Inbox>& inbox) {
  const std::lock_guard lock(mutex_);
  if (!inbox->urgent_) --consumers_;
  leave(*inbox);
}

void HttpCalls::leave(const Inbox& inbox) {
  if (std::erase(wanting_, &inbox) > 0) changed_.notify_all();
}

bool HttpCalls::wants_more(const Inbox& inbox) const {
  return std::ranges::find(wanting_, &inbox) != wanting_.end();
}

bool HttpCalls::may_send(const Inbox& inbox) const {
  return !wanting_.empty() && wanting_.front() == &inbox && (inbox.urgent_ || in_flight_ < limit_.limit()) &&
         Clock::now() >= held_until_;
}

bool HttpCalls::reserve(Inbox& inbox) {
  const std::lock_guard lock(mutex_);
  if (!wants_more(inbox)) {
    const auto first_other = std::ranges::find(wanting_, false, &Inbox::urgent_);
    wanting_.insert(inbox.urgent_ ? first_other : wanting_.end(), &inbox);
  }
  if (!may_send(inbox)) return false;
  ++in_flight_;
  return true;
}

void HttpCalls::sated(Inbox& inbox) {
  const std::lock_guard lock(mutex_);
  leave(inbox);
}

void HttpCalls::send(const std::shared_ptr<Inbox>& inbox, Call&& call, const std::stop_token& stop) {
  const auto started = Clock::now();
  const std::weak_ptr<Inbox> address = inbox;
  auto done = [this, address, number = call.number, started, work = call.work](HttpReply&& reply) {
    finish(address,
           {.call = number, .reply = std::move(reply), .started = started, .took = Clock::now() - started},
           work);
  };
  client_.post({.url = std::move(call.url),
                .body = std::move(call.body),
                .timeout = call.timeout,
                .stop = stop,
                .done = std::move(done)});
}

void HttpCalls::finish(const std::weak_ptr<Inbox>& inbox, Answer&& answer, double work) {
  constexpr unsigned good = 200;
  const std::lock_guard lock(mutex_);
  --in_flight_;
  if (answer.reply.status == good && answer.reply.error.empty()) {
    limit_.finished(answer.started, Clock::now(), work, !wanting_.empty());
  }
  if (const auto open = inbox.lock()) open->answers_.push_back(std::move(answer));
  changed_.notify_all();
}

std::optional<HttpCalls::Answer> HttpCalls::wait(Inbox& inbox, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return !inbox.answers_.empty() || may_send(inbox); };
  const auto holds = [&] { return wants_more(inbox) && Clock::now() < held_until_; };
  while (!ready() && !stop.stop_requested()) {
    if (holds()) {  // Nobody announces its end.
      changed_.wait_until(lock, stop, held_until_, ready);
    } else {
      changed_.wait(lock, stop, [&] { return ready() || holds(); });
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
  return std::max<std::size_t>(limit_.limit() / std::max<std::size_t>(consumers_, 1), 1);
}

}  // namespace ragqueue
