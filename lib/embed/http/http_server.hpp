#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "embed/http/http_call_timeout.hpp"
#include "embed/http/http_calls.hpp"
#include "embed/http/http_protocol.hpp"
#include "embed/http/http_request_limits.hpp"
#include "embed/http/http_service_time.hpp"

namespace ragqueue {

/// A server as far as it is known. What its replies teach holds for all consumers from then on. Thread-safe.
class HttpServer {
 public:
  HttpServer(const HttpEmbedderOptions& options, std::unique_ptr<const HttpProtocol> its_protocol);

  const std::unique_ptr<const HttpProtocol> protocol;
  const std::string model;
  const TextStyles styles;
  const std::chrono::milliseconds retry_after_limit;
  HttpCalls calls;
  LearntLimits limits;
  CallTimeout timeout;
  ServiceTime service_time;

  /// How vectors are asked for, and whether a reply has confirmed it.
  [[nodiscard]] VectorEncoding encoding() const { return protocol->encodings()[encoding_]; }
  [[nodiscard]] bool encoding_known() const { return encoding_known_; }
  void confirm(VectorEncoding encoding);

  /// A text of so many bytes was embedded; one of that size was refused.
  void served_size(std::size_t bytes);
  void refused_size(std::size_t bytes);
  /// Whether a text as long as this one was embedded before.
  [[nodiscard]] bool takes_size(std::size_t bytes) const { return bytes <= longest_served_; }

  /// Whether a run may leave texts undecided that fail one after the other, so that others have their turn.
  /// The next runs may not, for a while: they find out.
  [[nodiscard]] bool may_give_up();

  /// Counts the changes of what holds keys.
  [[nodiscard]] unsigned headers_version() const { return headers_version_; }
  [[nodiscard]] bool reads_headers() const { return static_cast<bool>(read_headers_); }
  /// Has what holds keys read again, unless it changed since `seen`; returns whether it is another now.
  [[nodiscard]] bool renew_headers(unsigned seen);
  /// `words` without what is secret, whatever a server says.
  [[nodiscard]] std::string without_secrets(std::string words) const;

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  [[nodiscard]] std::vector<std::string> lines() const;
  [[nodiscard]] Headers read_headers_again() const;

  const std::function<Headers()> read_headers_;
  const Headers headers_;
  const std::string password_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Headers secret_headers_;
  HttpCalls::Clock::time_point gave_up_{};
  std::atomic<unsigned> headers_version_ = 0;
  std::atomic<std::size_t> longest_served_ = 0;
  std::atomic<std::size_t> encoding_ = 0;  ///< Position among the protocol's.
  std::atomic<bool> encoding_known_;
};

}  // namespace ragqueue
