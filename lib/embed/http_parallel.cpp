#include "embed/http_parallel.hpp"

#include <algorithm>

namespace ragqueue {

namespace {

constexpr std::size_t first_limit = 4;
constexpr double better = 1.1;
constexpr double no_worse = 0.9;
constexpr double much_worse = 0.7;
constexpr double much_better = 1.25;
constexpr int convincing = 3;               // windows in a row
constexpr std::size_t shortest_pause = 64;  // windows between trials; a trial of fewer leaves slots empty
constexpr std::size_t longest_pause = 1024;

}  // namespace

ParallelLimit::ParallelLimit(std::size_t least, std::size_t most)
    : least_(least),
      most_(std::max(least, most)),
      limit_(std::clamp(first_limit, least_, most_)),
      served_(limit_),
      ceiling_(most_),
      pause_(shortest_pause),
      settling_(limit_) {}

void ParallelLimit::finished(Time now, double work, bool contended) {
  if (!contended) {
    settling_ = limit_;
    count_ = 0;
    return;
  }
  if (settling_ > 0) {
    if (--settling_ == 0) begin_ = now;
    return;
  }
  if (count_++ == 0) work_ = 0;
  work_ += work;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  // A trial of fewer leaves slots empty for no longer than it must.
  const bool hopeless = trial_ == Trial::fewer && count_ >= limit_ && work_ < rate_ * much_worse * seconds;
  if (count_ < 2 * limit_ && !hopeless) return;
  begin_ = now;
  count_ = 0;
  if (seconds > 0) judge(work_ / seconds);
}

void ParallelLimit::judge(double rate) {
  if (trial_ != Trial::none) return judge_trial(rate);
  if (rate_ == 0) {  // Nothing is known to compare it with.
    rate_ = rate;
    if (searching_) start_trial(Trial::more);
    return;
  }
  rest(rate);
}

void ParallelLimit::judge_trial(double rate) {
  const Trial trial = trial_;
  const bool more = trial == Trial::more;
  if (rate > rate_ * (more ? better : no_worse)) {
    keep(limit_, more ? rate : std::max(rate, rate_));
    if (more) rose_ = true;
    return start_trial(trial);
  }
  if (searching_ && more && !rose_) return start_trial(Trial::fewer);
  settle();
}

void ParallelLimit::keep(std::size_t served, double rate) {
  served_ = served;
  rate_ = rate;
  pause_ = shortest_pause / 2;  // settle() doubles it
}

void ParallelLimit::rest(double rate) {
  constexpr double weight = 0.1;
  const bool slow = rate < rate_ * much_worse;
  const bool fast = rate > rate_ * much_better;
  slow_ = slow ? slow_ + 1 : 0;
  fast_ = fast ? fast_ + 1 : 0;
  if (std::max(slow_, fast_) == convincing) {
    // The server has changed, or was misjudged; what it rewards now is soon found out.
    rate_ = rate;
    pause_ = shortest_pause;
    windows_ = pause_;
    fewer_next_ = slow;
  } else if (!slow && !fast) {
    rate_ += weight * (rate - rate_);
  }
  if (++windows_ < pause_) return;
  ceiling_ = std::min(ceiling_ + 1, most_);
  start_trial(fewer_next_ ? Trial::fewer : Trial::more);
  fewer_next_ = !fewer_next_;
}

void ParallelLimit::start_trial(Trial trial) {
  const std::size_t other =
      trial == Trial::more ? std::min(served_ * 2, ceiling_) : std::max(served_ / 2, least_);
  const bool possible = trial == Trial::more ? other > served_ : other < served_;
  if (possible) {
    trial_ = trial;
    return set_limit(other);
  }
  if (searching_ && trial == Trial::more && !rose_) return start_trial(Trial::fewer);
  settle();
}

void ParallelLimit::settle() {
  trial_ = Trial::none;
  searching_ = false;
  windows_ = 0;
  slow_ = fast_ = 0;
  pause_ = std::min(pause_ * 2, longest_pause);
  set_limit(std::min(served_ + std::max<std::size_t>(served_ / 2, 1), ceiling_));
}

void ParallelLimit::set_limit(std::size_t limit) {
  // As many as were in flight under the old limit count for neither.
  settling_ = limit_;
  limit_ = std::clamp(limit, least_, most_);
  settling_ = std::max(settling_, limit_);
  count_ = 0;
}

bool ParallelLimit::refused(Time started, Time now) {
  if (started < last_step_down_) return true;
  if (limit_ <= least_) return false;
  last_step_down_ = now;
  ceiling_ = std::max(limit_ - 1, least_);
  served_ = std::max(limit_ / 2, least_);
  trial_ = Trial::none;
  searching_ = false;
  windows_ = 0;
  pause_ = shortest_pause;
  rate_ = 0;
  set_limit(served_);
  return true;
}

}  // namespace ragqueue
