#include "worker/wake_descriptor.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace ragqueue {

WakeDescriptor::WakeDescriptor() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

WakeDescriptor::~WakeDescriptor() {
  close(descriptor_);
}

// Neither call can fail in a way that matters: the counter cannot overflow, and an empty one needs no
// clearing.
void WakeDescriptor::signal() const noexcept {
  (void)!eventfd_write(descriptor_, 1);
}

void WakeDescriptor::clear() const noexcept {
  eventfd_t count = 0;
  (void)!eventfd_read(descriptor_, &count);
}

void WakeDescriptor::wait(std::chrono::milliseconds timeout) const noexcept {
  pollfd self{.fd = descriptor_, .events = POLLIN, .revents = 0};
  (void)poll(&self, 1, static_cast<int>(timeout.count()));
  clear();
}

}  // namespace ragqueue
