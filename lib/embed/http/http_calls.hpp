#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "embed/http/http_client.hpp"
#include "embed/http/http_parallel.hpp"

namespace ragqueue {

/// The calls of all consumers to one server: no more in flight than ParallelLimit finds, none while it asks
/// to be left alone. Consumers are served one after the other, as they came: were the server shared evenly,
/// all of them would be done at once, and it would idle while they all store. A question, for which somebody
/// waits, goes first, and beside as many calls as there may be. Thread-safe.
class HttpCalls {
 public:
  using Clock = std::chrono::steady_clock;

  struct Answer {
    std::size_t call = 0;  ///< As the sender numbered it.
    HttpReply reply{};
    Clock::time_point started{};
    std::chrono::duration<double> took{};
  };

  /// Where one consumer's answers arrive.
  class Inbox {
    friend class HttpCalls;
    bool urgent_ = false;
    std::deque<Answer> answers_;  // Guarded by HttpCalls::mutex_.
  };

  HttpCalls(const HttpClientOptions& options, std::size_t least, std::size_t most);

  /// Calls that are `urgent` go before others.
  [[nodiscard]] std::shared_ptr<Inbox> open(bool urgent);
  /// The consumer has ended its call; answers that still come are dropped.
  void close(const std::shared_ptr<Inbox>& inbox);

  /// Takes leave to send one call; to be followed by send(). Notes that the consumer has more to send.
  [[nodiscard]] bool reserve(Inbox& inbox);
  /// The consumer has nothing more to send for now.
  void sated(Inbox& inbox);
  struct Call {
    std::size_t number = 0;
    std::string url{};
    std::string body{};
    double work = 0;  ///< What it is worth when it succeeds.
    std::chrono::milliseconds timeout{};
  };
  void send(const std::shared_ptr<Inbox>& inbox, Call&& call, const std::stop_token& stop);
  /// For the calls that are sent from now on.
  void set_headers(const std::vector<std::string>& headers) { client_.set_headers(headers); }

  /// Returns an answer; nothing when the consumer may send instead, or stop is requested.
  [[nodiscard]] std::optional<Answer> wait(Inbox& inbox, const std::stop_token& stop);

  /// Sends nothing for so long.
  void hold(std::chrono::milliseconds pause);
  /// A call sent at `started` was refused for being one too many; returns whether to try it again at once.
  [[nodiscard]] bool refused(Clock::time_point started);
  /// Abandons what was sent with a stop token on which stop is requested.
  void abandon_stopped() { client_.wake(); }

  /// Calls in flight that each of the consumers now at work may count on.
  [[nodiscard]] std::size_t share() const;

 private:
  [[nodiscard]] bool may_send(const Inbox& inbox) const;
  [[nodiscard]] bool wants_more(const Inbox& inbox) const;
  void leave(const Inbox& inbox);
  void finish(const std::weak_ptr<Inbox>& inbox, Answer&& answer, double work);

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_.
  ParallelLimit limit_;
  std::size_t in_flight_ = 0;
  std::size_t consumers_ = 0;
  std::deque<const Inbox*> wanting_;  ///< Consumers that have more to send, as they came.
  Clock::time_point held_until_{};

  HttpClient client_;  // Last: its thread uses the others.
};

}  // namespace ragqueue
