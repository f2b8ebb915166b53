#include "support/tls_front.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <string>

#include "ragqueue/testing/fake_embedding_server.hpp"

using namespace ragqueue::testing;

namespace {

/// Whether OpenSSL's own client, told what to trust and whom to expect, gets a reply.
bool answers(const TlsFront& front, const std::string& options) {
  const std::string request = R"(printf 'GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n')";
  const std::string client =
      "openssl s_client -quiet -verify_return_error -connect 127.0.0.1:" + std::to_string(front.port()) +
      " " + options + " 2>/dev/null";
  return std::system((request + " | " + client + " | grep -q fake-embed").c_str()) == 0;
}

}  // namespace

TEST_CASE("TLS in front of the fake server is trusted with its certificate, for its name") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  const TlsFront front(server.port());
  const std::string trusted = "-CAfile " + front.certificate().string();
  CHECK(answers(front, trusted + " -verify_hostname localhost"));
  CHECK_FALSE(answers(front, trusted + " -verify_ip 127.0.0.1"));
  CHECK_FALSE(answers(front, "-verify_hostname localhost"));
}
