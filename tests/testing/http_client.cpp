#include "http_client.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

HttpAnswer ask(std::uint16_t port, const std::string& path, const std::string& body,
               const std::vector<std::pair<std::string, std::string>>& headers) {
  asio::io_context context;
  tcp::socket socket(context);
  error_code error;
  socket.connect({asio::ip::address_v4::loopback(), port}, error);
  if (error) return {.error = error.message()};
  http::request<http::string_body> request(body.empty() ? http::verb::get : http::verb::post, path, 11, body);
  request.set(http::field::host, "127.0.0.1");
  for (const auto& [name, value] : headers) request.set(name, value);
  request.prepare_payload();
  http::write(socket, request, error);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(std::uint64_t{1} << 30U);
  http::read(socket, buffer, parser, error);
  if (error) return {.error = error.message()};
  HttpAnswer answer{.status = parser.get().result_int(), .body = parser.get().body()};
  for (const auto& field : parser.get()) {
    answer.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return answer;
}

std::string ask_raw(std::uint16_t port, const std::string& request, const std::string& stop_at) {
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(socket, asio::buffer(request));
  std::string received;
  std::array<char, 4096> part{};
  error_code error;
  while (!error && (stop_at.empty() || received.find(stop_at) == std::string::npos)) {
    received.append(part.data(), socket.read_some(asio::buffer(part), error));
  }
  return received;
}
