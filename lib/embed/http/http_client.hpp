#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace ragqueue {

struct HttpClientOptions {
  std::vector<std::string> headers{};  ///< Lines `Name: value`.
  std::string user{};
  std::string password{};
  std::string ca_file{};      ///< Empty for the system's.
  bool direct = false;        ///< Past any proxy that the environment names.
  std::string cert_file{};    ///< PEM of a client's certificate and its key; empty for none.
  std::string unix_socket{};  ///< Path; empty for TCP.
  std::chrono::milliseconds connect_deadline{};
  std::size_t max_reply_bytes = 0;  ///< Of a body.
  std::size_t max_connections = 0;  ///< Kept open.
};

struct HttpReply {
  std::string error{};       ///< Why no whole reply came, in curl's words; empty if one did.
  bool unreachable = false;  ///< It was not even sent.
  bool timed_out = false;    ///< It was sent, and not answered in time.
  unsigned status = 0;
  std::string body{};  ///< With room for simdjson's padding behind it.
  std::string retry_after{};
  std::string retry_after_ms{};
  std::string location{};
};

/// POSTs JSON to a server from a thread of its own, over connections that are kept open. Thread-safe.
class HttpClient {
 public:
  using Done = std::function<void(HttpReply&&)>;

  explicit HttpClient(HttpClientOptions options);
  /// Abandons what is in flight.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// A request to be sent. `timeout` runs from connecting to the reply's last byte. `done` is called once, by
  /// the client's thread, and must not throw; soon after `stop` is requested and wake() called.
  struct Post {
    std::string url;
    std::string body;
    std::chrono::milliseconds timeout;
    std::stop_token stop;
    Done done;
  };
  /// Returns at once.
  void post(Post&& post);
  /// For the requests that are sent from now on.
  void set_headers(const std::vector<std::string>& headers);
  /// Has the client look at its calls' stop tokens.
  void wake();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ragqueue
