#include "testing/embedding/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <sstream>

#include "testing/embedding/wait.hpp"

namespace ragqueue::testing {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30U;

ReceivedRequest received(const http::request<http::string_body>& request) {
  ReceivedRequest result{.method = std::string(request.method_string()),
                         .path = std::string(request.target()),
                         .body = request.body()};
  for (const auto& field : request) {
    result.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return result;
}

std::string to_wire(const Delivery& delivery, bool keep_alive) {
  http::response<http::string_body> response;
  response.version(11);
  response.result(delivery.reply.status);
  response.set(http::field::content_type, delivery.reply.content_type);
  for (const auto& [name, value] : delivery.reply.headers) response.set(name, value);
  response.body() = delivery.reply.body;
  if (delivery.padding == 0) {
    // A reply that will be cut off does not say so.
    response.keep_alive(keep_alive && (delivery.half || delivery.ending == Delivery::Ending::keep));
    if (delivery.chunked) {
      response.chunked(true);
    } else {
      response.prepare_payload();
    }
  }
  std::ostringstream wire;
  wire << response;
  std::string bytes = wire.str();
  if (delivery.nothing) bytes.clear();
  if (delivery.half) bytes.resize(bytes.size() / 2);
  return bytes;
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, EmbeddingService& service, std::stop_token stop)
    : socket_(std::move(socket)), service_(service), stop_(std::move(stop)) {
  error_code ignored;  // Slower, but no worse.
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Connection::serve() {
  service_.count_connection();
  while (!stop_.stop_requested() && serve_request()) {
  }
  close(stop_.stop_requested());
}

bool Connection::serve_request() {
  http::request_parser<http::string_body> parser;
  parser.body_limit(most_bytes);
  auto buffer = asio::dynamic_buffer(buffer_);
  error_code error;
  http::read_header(socket_, buffer, parser, error);
  if (error) return false;
  if (parser.get()[http::field::expect] == "100-continue" && !send("HTTP/1.1 100 Continue\r\n\r\n", {}))
    return false;
  http::read(socket_, buffer, parser, error);
  if (error) return false;
  const Delivery delivery = service_.serve(received(parser.get()), stop_);
  return !stop_.stop_requested() && deliver(delivery, parser.get().keep_alive());
}

bool Connection::deliver(const Delivery& delivery, bool keep_alive) {
  if (!send(to_wire(delivery, keep_alive), delivery.byte_pause)) return false;
  pad(delivery.padding);
  if (delivery.ending == Delivery::Ending::reset) close(true);
  return keep_alive && delivery.ending == Delivery::Ending::keep;
}

bool Connection::send(std::string_view bytes, std::chrono::microseconds byte_pause) {
  error_code error;
  if (byte_pause.count() == 0) {
    asio::write(socket_, asio::buffer(bytes), error);
    return !error;
  }
  for (const char byte : bytes) {
    if (!wait_until(std::chrono::steady_clock::now() + byte_pause, stop_)) return false;
    asio::write(socket_, asio::buffer(&byte, 1), error);
    if (error) return false;
  }
  return true;
}

void Connection::pad(std::size_t size) {
  const std::string block(std::size_t{1} << 16U, ' ');
  while (size > 0) {
    const std::size_t part = std::min(size, block.size());
    if (!send(std::string_view(block).substr(0, part), {})) return;
    size -= part;
  }
}

void Connection::close(bool reset) {
  const std::lock_guard lock(closing_);
  error_code ignored;  // The connection is at its end, whoever ended it.
  if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Connection::shut_down() {
  const std::lock_guard lock(closing_);
  error_code ignored;  // Has ended by itself.
  if (socket_.is_open()) socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

}  // namespace ragqueue::testing
