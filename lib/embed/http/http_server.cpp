#include "embed/http/http_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "embed/http/http_url.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string authorities(const HttpEmbedderOptions& options) {
  if (!options.ca_file.empty()) return options.ca_file;
  const char* const variable = std::getenv("SSL_CERT_FILE");
  return variable == nullptr ? "" : variable;
}

HttpClientOptions client_options(const HttpEmbedderOptions& options) {
  const Credentials credentials = credentials_of(options.url);
  return {.user = credentials.user,
          .password = credentials.password,
          .ca_file = authorities(options),
          .direct = is_loopback(options.url),
          .cert_file = options.cert_file,
          .unix_socket = unix_socket_of(options.url),
          .connect_deadline = options.connect_deadline,
          .max_reply_bytes = options.max_reply_bytes,
          .max_connections = options.max_parallel};
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter != '\x7f'; });
}

Headers checked(Headers headers) {
  for (const auto& [name, value] : headers) {
    const bool good_name =
        !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
    if (!good_name) throw InvalidInput("embedder_header", name, "no name of a header");
    // Its value may be secret.
    if (value.empty() || !is_visible(value))
      throw InvalidInput("embedder_header", name, "no value of a header");
  }
  return headers;
}

Headers fixed_headers(const HttpEmbedderOptions& options) {
  if (!is_visible(options.api_key)) throw InvalidInput("api_key", "", "it has control characters");
  Headers headers = checked(options.headers);
  if (!options.api_key.empty()) headers.emplace_back("Authorization", "Bearer " + options.api_key);
  return headers;
}

/// A header may hold a key; a short value is none, and would blot out words.
void append_secrets(std::vector<std::string>& secrets, const Headers& headers) {
  constexpr std::size_t shortest_key = 8;
  constexpr std::string_view bearer = "Bearer ";
  for (const auto& [name, value] : headers) {
    const bool is_key = value.starts_with(bearer);
    const std::string secret = is_key ? value.substr(bearer.size()) : value;
    if (!secret.empty() && (is_key || secret.size() >= shortest_key)) secrets.push_back(secret);
  }
}

}  // namespace

HttpServer::HttpServer(const HttpEmbedderOptions& options, std::unique_ptr<const HttpProtocol> its_protocol)
    : protocol(std::move(its_protocol)),
      model(options.model),
      styles(text_styles(options)),
      retry_after_limit(options.retry_after_limit),
      calls(client_options(options), options.min_parallel, options.max_parallel),
      limits({.texts = options.max_request_texts,
              .tokens = options.max_request_tokens,
              .bytes = options.max_request_bytes}),
      timeout(options.call_deadline),
      read_headers_(options.read_headers),
      headers_(fixed_headers(options)),
      password_(credentials_of(options.url).password),
      encoding_known_(protocol->encodings().size() == 1) {
  if (read_headers_) secret_headers_ = checked(read_headers_());
  calls.set_headers(lines());
}

std::vector<std::string> HttpServer::lines() const {
  std::vector<std::string> result;
  for (const Headers* headers : {&headers_, &secret_headers_}) {
    for (const auto& [name, value] : *headers) result.push_back(fmt::format("{}: {}", name, value));
  }
  return result;
}

void HttpServer::confirm(VectorEncoding encoding) {
  const auto all = protocol->encodings();
  encoding_ = static_cast<std::size_t>(std::ranges::find(all, encoding) - all.begin());
  encoding_known_ = true;
}

void HttpServer::served_size(std::size_t bytes) {
  std::size_t known = longest_served_;
  while (known < bytes && !longest_served_.compare_exchange_weak(known, bytes)) {
  }
}

void HttpServer::refused_size(std::size_t bytes) {
  std::size_t known = longest_served_;
  while (known >= bytes && !longest_served_.compare_exchange_weak(known, bytes - 1)) {
  }
}

bool HttpServer::may_give_up() {
  constexpr std::chrono::seconds pause(10);
  const std::lock_guard lock(mutex_);
  const auto now = HttpCalls::Clock::now();
  if (gave_up_ != HttpCalls::Clock::time_point() && now - gave_up_ < pause) return false;
  gave_up_ = now;
  return true;
}

bool HttpServer::renew_headers(unsigned seen) {
  if (!read_headers_) return false;
  const std::lock_guard lock(mutex_);
  if (headers_version_ != seen) return true;
  Headers now = read_headers_again();
  if (now == secret_headers_) return false;
  secret_headers_ = std::move(now);
  ++headers_version_;
  calls.set_headers(lines());
  return true;
}

/// Whatever is wrong with them is no text's fault.
HttpServer::Headers HttpServer::read_headers_again() const {
  try {
    return checked(read_headers_());
  } catch (const std::exception& error) {
    throw Error(Fault::setup,
                fmt::format("the embedder's key or headers cannot be read again: {}", error.what()));
  }
}

std::string HttpServer::without_secrets(std::string words) const {
  constexpr std::string_view stars = "***";
  std::vector<std::string> secrets;
  if (!password_.empty()) secrets.push_back(password_);
  append_secrets(secrets, headers_);
  {
    const std::lock_guard lock(mutex_);
    append_secrets(secrets, secret_headers_);
  }
  for (const std::string& secret : secrets) {
    for (std::size_t at = 0; (at = words.find(secret, at)) != std::string::npos; at += stars.size()) {
      words.replace(at, secret.size(), stars);
    }
  }
  return words;
}

}  // namespace ragqueue
