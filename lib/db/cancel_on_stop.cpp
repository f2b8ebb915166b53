#include "db/cancel_on_stop.hpp"

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace ragqueue::pg {

namespace {
constexpr std::chrono::milliseconds between_requests{200};
}

void CancelOnStop::Free::operator()(pg_cancel* cancel) const noexcept {
  PQfreeCancel(cancel);
}

CancelOnStop::CancelOnStop(pg_conn* connection, const std::stop_token& stop)
    : cancel_(stop.stop_possible() ? PQgetCancel(connection) : nullptr), callback_(stop, Start{this}) {}

CancelOnStop::~CancelOnStop() = default;

void CancelOnStop::start() {
  if (cancel_) thread_ = std::jthread([this](const std::stop_token& enough) { cancel(enough); });
}

void CancelOnStop::cancel(const std::stop_token& enough) const {
  std::mutex mutex;
  std::condition_variable_any ended;
  std::unique_lock lock(mutex);
  while (!enough.stop_requested()) {
    // Where the server cannot be reached, the statement fails by itself.
    std::array<char, 256> answer{};
    (void)PQcancel(cancel_.get(), answer.data(), static_cast<int>(answer.size()));
    ended.wait_for(lock, enough, between_requests, [] { return false; });
  }
}

}  // namespace ragqueue::pg
