#pragma once

#include <string>
#include <string_view>

namespace ragqueue {

struct Credentials {
  std::string user{};
  std::string password{};
};

/// Whether there is more of a path than `/`. This and the others throw InvalidInput (embedder_url) for what
/// is no URL of a server by HTTP.
[[nodiscard]] bool has_path(const std::string& url);
/// The URL with `path` behind its own path, unless that ends so; without credentials.
[[nodiscard]] std::string extend_url(const std::string& url, std::string_view path);
/// The path of the socket, where the URL names one; else empty.
[[nodiscard]] std::string unix_socket_of(const std::string& url);
[[nodiscard]] Credentials credentials_of(const std::string& url);
/// true for localhost, names below it, 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(const std::string& url);

}  // namespace ragqueue
