#include "service.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>

#include "text.hpp"

namespace rag_worker {

Service::Service() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0) interval_ = std::chrono::microseconds(microseconds / 2);
}

void Service::ready() const {
  sd_notify(0, "READY=1");
}

void Service::status(const std::string& text) const {
  sd_notify(0, ("STATUS=" + one_line(text)).c_str());
}

void Service::stopping() const {
  sd_notify(0, "STOPPING=1");
}

void Service::giving_back() const {
  sd_notify(0, "STATUS=giving back what is in flight");
}

void Service::alive() {
  const auto now = std::chrono::steady_clock::now();
  if (interval_ == interval_.zero() || now < next_) return;
  sd_notify(0, "WATCHDOG=1");
  next_ = now + interval_;
}

}  // namespace rag_worker
