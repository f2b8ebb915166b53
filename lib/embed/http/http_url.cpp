#include "embed/http/http_url.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>

#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

constexpr std::string_view socket_scheme = "http+unix:";

[[noreturn]] void refuse(std::string_view reason) {
  // The value may hold a password, so it is not shown.
  throw InvalidInput("embedder_url", "", reason);
}

/// `http+unix:///run/server.sock:/v1`, or `http+unix://%2Frun%2Fserver.sock/v1` as other clients write it.
struct SocketUrl {
  std::string socket{};
  std::string url{};  ///< By HTTP, over the socket.
};

std::string decode(std::string_view text) {
  int size = 0;
  const std::unique_ptr<char, void (*)(void*)> decoded(
      curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &size), curl_free);
  return {decoded.get(), static_cast<std::size_t>(size)};
}

SocketUrl parse_socket_url(std::string_view text) {
  if (!text.starts_with(socket_scheme)) return {.url = std::string(text)};
  text.remove_prefix(socket_scheme.size());
  if (text.starts_with("//")) text.remove_prefix(2);
  const bool plain = text.starts_with('/');
  const std::size_t end = std::min(text.find(plain ? ':' : '/'), text.size());
  const std::string socket = plain ? std::string(text.substr(0, end)) : decode(text.substr(0, end));
  text.remove_prefix(end);
  if (plain && text.starts_with(':')) text.remove_prefix(1);
  if (!socket.starts_with('/'))
    refuse("no socket: http+unix:///PATH/OF/SOCKET or http+unix:///PATH/OF/SOCKET:/v1");
  return {.socket = socket, .url = "http://localhost" + std::string(text)};
}

class Url {
 public:
  explicit Url(const std::string& whole) : url_(curl_url()) {
    const std::string text = parse_socket_url(whole).url;
    if (!url_ || curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
      refuse("no URL: http://HOST:PORT or https://HOST");
    const std::string scheme = get(CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") refuse("its scheme is neither http nor https");
    if (!get(CURLUPART_FRAGMENT).empty()) refuse("it has a fragment");
  }

  [[nodiscard]] std::string get(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(url_.get(), part, &text, flags) != CURLUE_OK) return {};
    const std::unique_ptr<char, void (*)(void*)> owner(text, curl_free);
    return text;
  }

  void set(CURLUPart part, const char* value) { curl_url_set(url_.get(), part, value, 0); }

 private:
  struct Free {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
  };
  std::unique_ptr<CURLU, Free> url_;
};

}  // namespace

bool has_path(const std::string& url) {
  const std::string path = Url(url).get(CURLUPART_PATH);
  return path.find_first_not_of('/') != std::string::npos;
}

std::string extend_url(const std::string& url, std::string_view path) {
  Url parts(url);
  std::string whole = parts.get(CURLUPART_PATH);
  while (whole.ends_with('/')) whole.pop_back();
  if (!whole.ends_with(path)) whole += path;
  parts.set(CURLUPART_PATH, whole.c_str());
  parts.set(CURLUPART_USER, nullptr);
  parts.set(CURLUPART_PASSWORD, nullptr);
  return parts.get(CURLUPART_URL);
}

std::string unix_socket_of(const std::string& url) {
  return parse_socket_url(url).socket;
}

Credentials credentials_of(const std::string& url) {
  const Url parts(url);
  return {.user = parts.get(CURLUPART_USER, CURLU_URLDECODE),
          .password = parts.get(CURLUPART_PASSWORD, CURLU_URLDECODE)};
}

bool is_loopback(const std::string& url) {
  std::string host = Url(url).get(CURLUPART_HOST);
  if (host.ends_with('.')) host.pop_back();
  for (char& letter : host)
    letter = static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter);
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1)
    return (ntohl(address.s_addr) >> 24U) == IN_LOOPBACKNET;
  if (!host.starts_with('[')) return false;
  in6_addr wide{};
  return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &wide) == 1 &&
         IN6_IS_ADDR_LOOPBACK(&wide);
}

}  // namespace ragqueue
