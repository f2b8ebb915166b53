#include "ragqueue/testing/fake_embedding_server.hpp"

#include <algorithm>
#include <mutex>

#include "testing/embedding/listener.hpp"
#include "testing/embedding/service.hpp"

namespace ragqueue::testing {

std::string_view ReceivedRequest::header(std::string_view name) const {
  const auto lower = [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 32) : letter;
  };
  const auto found = std::ranges::find_if(
      headers, [&](const auto& each) { return std::ranges::equal(each.first, name, {}, lower, lower); });
  return found == headers.end() ? std::string_view() : found->second;
}

double FakeServerStatistics::busy_share() const {
  return span.count() > 0 ? static_cast<double>(all_busy.count()) / static_cast<double>(span.count()) : 0;
}

class FakeEmbeddingServer::Impl {
 public:
  Impl(FakeServerOptions options, std::uint16_t number) : service(std::move(options)), port(number) {
    listen();
  }

  void listen() {
    const std::lock_guard lock(mutex_);
    if (!listener_) listener_ = std::make_unique<Listener>(port.number(), service);
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    listener_.reset();
  }

  EmbeddingService service;
  const Port port;

 private:
  std::mutex mutex_;
  std::unique_ptr<Listener> listener_;
};

FakeEmbeddingServer::FakeEmbeddingServer(FakeServerOptions options, std::uint16_t port)
    : impl_(std::make_unique<Impl>(std::move(options), port)) {}
FakeEmbeddingServer::~FakeEmbeddingServer() = default;

std::uint16_t FakeEmbeddingServer::port() const noexcept {
  return impl_->port.number();
}
std::string FakeEmbeddingServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port());
}
void FakeEmbeddingServer::set_faults(FaultScript script) {
  impl_->service.set_faults(std::move(script));
}
void FakeEmbeddingServer::release() {
  impl_->service.release();
}
void FakeEmbeddingServer::go_down() {
  impl_->stop();
}
void FakeEmbeddingServer::come_back() {
  impl_->listen();
}
bool FakeEmbeddingServer::wait_for_calls(std::size_t calls, std::chrono::milliseconds limit) const {
  return impl_->service.wait_for_calls(calls, limit);
}
FakeServerStatistics FakeEmbeddingServer::statistics() const {
  return impl_->service.statistics();
}
std::vector<ReceivedRequest> FakeEmbeddingServer::requests() const {
  return impl_->service.requests();
}

}  // namespace ragqueue::testing
