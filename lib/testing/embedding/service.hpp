#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "testing/embedding/dialect.hpp"
#include "testing/embedding/fault.hpp"
#include "testing/embedding/slots.hpp"

namespace ragqueue::testing {

/// The server without its sockets: takes requests, says what is to be delivered. Thread-safe.
class EmbeddingService {
 public:
  explicit EmbeddingService(FakeServerOptions options);

  /// Returns when the reply is due; at once when stop is requested.
  [[nodiscard]] Delivery serve(const ReceivedRequest& request, const std::stop_token& stop);
  void count_connection();

  void set_faults(FaultScript script);
  void release();
  [[nodiscard]] bool wait_for_calls(std::size_t calls, std::chrono::milliseconds limit) const;
  [[nodiscard]] FakeServerStatistics statistics() const;
  [[nodiscard]] std::vector<ReceivedRequest> requests() const;

 private:
  using Clock = Slots::Clock;

  [[nodiscard]] Delivery answer(const ReceivedRequest& request, const std::stop_token& stop);
  [[nodiscard]] Delivery answer_call(Route route, const ReceivedRequest& request,
                                     const std::stop_token& stop);
  [[nodiscard]] Delivery embed(EmbeddingTask& task, const std::optional<ServerFault>& fault,
                               const std::stop_token& stop);
  [[nodiscard]] HttpReply refuse(const Refusal& refusal, Route route,
                                 const std::optional<ServerFault>& fault = {}) const;
  [[nodiscard]] HttpReply write(const EmbeddingTask& task, const std::optional<ServerFault>& fault) const;
  [[nodiscard]] std::optional<Refusal> refusal_of(EmbeddingTask& task,
                                                  const std::optional<ServerFault>& fault) const;
  [[nodiscard]] bool is_authorized(const ReceivedRequest& request) const;
  [[nodiscard]] std::optional<ServerFault> arrive(const EmbeddingTask& task, const ReceivedRequest& request);
  void leave();
  void wait_for_release(const std::stop_token& stop);

  const FakeServerOptions options_;
  const std::unique_ptr<Dialect> dialect_;
  Slots slots_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  FaultScript script_;
  bool released_ = false;
  std::size_t calls_present_ = 0;
  std::optional<Clock::time_point> first_arrival_;
  FakeServerStatistics statistics_;
  std::vector<ReceivedRequest> requests_;
};

}  // namespace ragqueue::testing
