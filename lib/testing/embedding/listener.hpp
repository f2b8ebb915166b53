#pragma once

#include <cstdint>
#include <memory>

#include "testing/embedding/service.hpp"

namespace ragqueue::testing {

/// Keeps a port of 127.0.0.1 from other programs, whether anybody listens there or not.
class Port {
 public:
  /// Of the system's choice when `number` is 0. Throws Error (Fault::setup).
  explicit Port(std::uint16_t number);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] std::uint16_t number() const noexcept { return number_; }

 private:
  int socket_ = -1;
  std::uint16_t number_ = 0;
};

/// Serves HTTP on a port with a thread for each connection, until it is destroyed, which breaks the
/// connections.
class Listener {
 public:
  /// Throws Error (Fault::setup). `service` outlives this object.
  Listener(std::uint16_t port, EmbeddingService& service);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ragqueue::testing
