#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "support/temporary_directory.hpp"

namespace ragqueue::testing {

/// TLS in front of a server of 127.0.0.1, by a process of its own, with a certificate that is signed by
/// itself and good for `localhost`, not for 127.0.0.1.
class TlsFront {
 public:
  enum class Speaks {
    http1,         ///< By python3.
    http1_mutual,  ///< The same, and clients must show client_certificate().
    http2,         ///< And no other; by node. See http2_front.mjs for what the server is told of it.
  };

  /// `port` is the server's. Throws std::runtime_error where python3, or node, or openssl is not there.
  explicit TlsFront(std::uint16_t port, Speaks speaks = Speaks::http1);
  ~TlsFront();
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] static bool has_node();
  /// `https://localhost:PORT`, without a path.
  [[nodiscard]] std::string url() const { return "https://localhost:" + std::to_string(port_); }
  /// The PEM file that a client must trust; gone with this object.
  [[nodiscard]] std::filesystem::path certificate() const { return directory_.path() / "certificate.pem"; }
  [[nodiscard]] std::filesystem::path client_certificate() const { return directory_.path() / "client.pem"; }
  /// A socket where the server is reached without TLS (not with http2).
  [[nodiscard]] std::filesystem::path socket() const { return directory_.path() / "socket"; }

 private:
  TemporaryDirectory directory_{"ragqueue-tls"};
  pid_t pid_ = -1;
  int input_ = -1;  ///< Its end is the process's.
  std::uint16_t port_ = 0;
};

}  // namespace ragqueue::testing
