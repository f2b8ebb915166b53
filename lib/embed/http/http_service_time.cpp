#include "embed/http/http_service_time.hpp"

#include <algorithm>
#include <limits>

namespace ragqueue {

namespace {

constexpr std::size_t enough_answers = 8;
constexpr std::size_t most_answers = 64;  // that weigh
// A question waits for the call that is served and for one that waits before it, and is embedded within the
// second that a search has for it.
constexpr double longest_seconds = 0.3;
constexpr double least_spread = 0.1;  // of the work, as a share of it, for a slope to tell anything

}  // namespace

void ServiceTime::answered(double work, std::chrono::duration<double> took) {
  const std::lock_guard lock(mutex_);
  answers_ = std::min(answers_ + 1, most_answers);
  const double weight = 1 / static_cast<double>(answers_);
  work_ += (work - work_) * weight;
  seconds_ += (took.count() - seconds_) * weight;
  work_squared_ += (work * work - work_squared_) * weight;
  product_ += (work * took.count() - product_) * weight;
}

double ServiceTime::seconds_per_work() const {
  if (answers_ < enough_answers) return 0;
  const double spread = work_squared_ - work_ * work_;
  if (spread >= least_spread * least_spread * work_ * work_)
    return std::max((product_ - work_ * seconds_) / spread, 0.0);
  // All calls are alike. Where they take long, one half may be waiting, and the other one work: smaller ones
  // will tell.
  return seconds_ > 4 * longest_seconds ? seconds_ / (2 * work_) : 0;
}

double ServiceTime::most_work() const {
  const std::lock_guard lock(mutex_);
  const double seconds = seconds_per_work();
  return seconds > 0 ? longest_seconds / seconds : std::numeric_limits<double>::infinity();
}

}  // namespace ragqueue
