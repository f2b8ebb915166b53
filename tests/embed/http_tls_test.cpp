#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "ragqueue/error.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"
#include "support/tls_front.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a certificate that nobody vouches for is refused in curl's words, before the key is sent",
          "[http][tls]") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  const TlsFront front(server.port());
  const auto embedder = openai_embedder(
      {.url = front.url(), .model = "fake-embed", .dimension = 64, .api_key = "not-for-strangers"});
  try {
    static_cast<void>(embed_text(*embedder, "page"));
    FAIL("an untrusted server was believed");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::outage);
    CHECK_THAT(error.what(), ContainsSubstring(front.url()) && ContainsSubstring("certificate"));
  }
  CHECK(server.requests().empty());
}
