#include "simulated_server.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace ragqueue::testing {

namespace {

constexpr double hiccup = 0.010;
constexpr double refusal = 0.001;
constexpr double call_share = 0.2;  // of a call's mean time, whatever its texts
constexpr double most_texts = 8;
constexpr double mean_texts = (1 + most_texts) / 2;

ParallelLimit::Time time_point(double seconds) {
  return ParallelLimit::Time(
      std::chrono::duration_cast<ParallelLimit::Time::duration>(std::chrono::duration<double>(seconds)));
}

}  // namespace

SimulatedServer::SimulatedServer(ServerKind kind, unsigned seed) : kind_(std::move(kind)), random_(seed) {}

void SimulatedServer::run(ParallelLimit& limit, std::size_t answers) {
  while (answers > 0) {
    send(limit.limit());
    const double next = events_.empty() ? INFINITY : events_.top().at;
    const auto first = std::ranges::min_element(running_, {}, &Call::left);
    const double end_of_first = first == running_.end() ? INFINITY : now_ + first->left * slowness();
    pass(std::min(next, end_of_first) - now_, limit);
    if (end_of_first < next) {
      end(static_cast<std::size_t>(first - running_.begin()));
      continue;
    }
    const Event event = events_.top();
    events_.pop();
    if (event.what == What::arrives) {
      arrive(event.call);
      continue;
    }
    --in_flight_;
    const auto sent = time_point(event.call.sent);
    if (event.what == What::is_refused) {
      ++seen_.refusals;
      static_cast<void>(limit.refused(sent, time_point(now_)));
    } else {
      --answers;
      seen_.work += event.call.work;
      limit.finished(sent, time_point(now_), event.call.work, true);
    }
  }
}

void SimulatedServer::send(std::size_t limit) {
  for (; in_flight_ < limit; ++in_flight_) {
    const double texts =
        kind_.uneven ? std::ceil(most_texts * std::uniform_real_distribution<>()(random_)) : 1;
    const double mean =
        kind_.service * (kind_.uneven ? call_share + (1 - call_share) * texts / mean_texts : 1);
    // So that the mean is that, and not the median.
    std::lognormal_distribution<> time(std::log(mean) - kind_.spread * kind_.spread / 2, kind_.spread);
    const double left = kind_.spread > 0 ? time(random_) : mean;
    events_.push({now_ + half_turn(), What::arrives, {.left = left, .work = texts, .sent = now_}});
  }
  seen_.most_in_flight = std::max(seen_.most_in_flight, in_flight_);
}

void SimulatedServer::pass(double time, const ParallelLimit& limit) {
  const std::size_t bound = kind_.slots + std::max<std::size_t>(kind_.slots / 2, 1);
  seen_.time += time;
  if (full()) seen_.all_busy += time;
  if (limit.trying()) {
    seen_.trying += time;
  } else if (in_flight_ > bound) {
    seen_.above += time;
  }
  const double pace = slowness();
  for (Call& call : running_) call.left -= time / pace;
  now_ += time;
}

void SimulatedServer::end(std::size_t running) {
  const double noticed = awake(now_ + half_turn());
  events_.push({noticed, What::is_answered, running_[running]});
  running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(running));
  admit();
}

void SimulatedServer::arrive(const Call& call) {
  if (running_.size() + waiting_.size() >= kind_.refuses_over) {
    events_.push({now_ + refusal, What::is_refused, call});
    return;
  }
  waiting_.push_back(call);
  admit();
}

void SimulatedServer::admit() {
  while (!waiting_.empty() && !full()) {
    running_.push_back(waiting_.front());
    waiting_.pop_front();
  }
}

double SimulatedServer::slowness() const {
  return kind_.knee == 0 ? 1 : 1 + static_cast<double>(running_.size()) / kind_.knee;
}

double SimulatedServer::half_turn() {
  return kind_.turnaround / 4 * (1 + std::exponential_distribution<>()(random_));
}

double SimulatedServer::awake(double time) {
  if (kind_.hiccups == 0) return time;
  while (time >= hiccup_to_) {
    hiccup_from_ = hiccup_to_ + std::exponential_distribution<>(kind_.hiccups)(random_);
    hiccup_to_ = hiccup_from_ + hiccup;
  }
  return time < hiccup_from_ ? time : hiccup_to_;
}

}  // namespace ragqueue::testing
