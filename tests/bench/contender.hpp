#pragma once

#include <memory>
#include <span>
#include <string>

#include "ragqueue/connection.hpp"
#include "ragqueue/request.hpp"

namespace ragqueue::bench {

/// One queue that is measured, on one connection.
class Contender {
 public:
  explicit Contender(const std::string& conninfo) : connection(conninfo) {}
  virtual ~Contender() = default;
  virtual void enqueue(const Request& request) = 0;
  virtual void enqueue(std::span<const Request> requests) = 0;
  /// Claims and completes until nothing is left. Returns how many.
  virtual std::size_t drain(int batch) = 0;
  /// Another consumer of the same queue, on a connection of its own.
  [[nodiscard]] virtual std::unique_ptr<Contender> another(const std::string& conninfo) const = 0;

  Connection connection;
};

[[nodiscard]] std::unique_ptr<Contender> baseline_queue(const std::string& conninfo);
[[nodiscard]] std::unique_ptr<Contender> our_queue(const std::string& conninfo);

}  // namespace ragqueue::bench
