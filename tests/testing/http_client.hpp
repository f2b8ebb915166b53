#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What came back for one request.
struct HttpAnswer {
  unsigned status = 0;  ///< 0 when no whole reply came.
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  std::string error{};  ///< Why no whole reply came.
};

/// Sends one request to 127.0.0.1 on a connection of its own, and reads the reply. `body` empty: GET, else
/// POST.
HttpAnswer ask(std::uint16_t port, const std::string& path, const std::string& body = {},
               const std::vector<std::pair<std::string, std::string>>& headers = {});

/// Sends bytes, and returns all that comes back until the server ends the connection, or `stop_at` has come.
std::string ask_raw(std::uint16_t port, const std::string& request, const std::string& stop_at = {});
