#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <mutex>
#include <stop_token>

#include "testing/embedding/service.hpp"

namespace ragqueue::testing {

/// One client's connection, which one thread serves and another may break.
class Connection {
 public:
  Connection(boost::asio::ip::tcp::socket socket, EmbeddingService& service, std::stop_token stop);

  /// Answers requests until the client leaves, a fault ends the connection, or it is broken.
  void serve();
  void shut_down();

 private:
  [[nodiscard]] bool serve_request();
  [[nodiscard]] bool deliver(const Delivery& delivery, bool keep_alive);
  [[nodiscard]] bool send(std::string_view bytes, std::chrono::microseconds byte_pause);
  void pad(std::size_t size);
  void close(bool reset);

  std::mutex closing_;  ///< Of the socket, so that no other one that has its number by then is shut down.
  boost::asio::ip::tcp::socket socket_;
  EmbeddingService& service_;
  std::stop_token stop_;
  std::string buffer_;
};

}  // namespace ragqueue::testing
