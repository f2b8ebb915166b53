#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

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

TEST_CASE("an authority that is named is trusted, for the server's name and no other", "[http][tls]") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  const TlsFront front(server.port());
  HttpEmbedderOptions options{.url = front.url(), .model = "fake-embed", .dimension = 64};
  options.ca_file = front.certificate();
  CHECK(embed_text(*openai_embedder(options), "page").size() == 64);

  options.url = "https://127.0.0.1:" + std::to_string(front.port());
  const std::size_t before = server.requests().size();
  CHECK_THROWS_WITH(embed_text(*openai_embedder(options), "page"), ContainsSubstring("127.0.0.1"));
  CHECK(server.requests().size() == before);

  options.ca_file = "/nonexistent.pem";
  CHECK_THROWS_WITH(openai_embedder(options), ContainsSubstring("embedder_ca_file '/nonexistent.pem'"));
}

TEST_CASE("an authority that SSL_CERT_FILE names is trusted", "[http][tls]") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  const TlsFront front(server.port());
  setenv("SSL_CERT_FILE", front.certificate().c_str(), 1);
  const auto embedder = openai_embedder({.url = front.url(), .model = "fake-embed", .dimension = 64});
  unsetenv("SSL_CERT_FILE");
  CHECK(embed_text(*embedder, "page").size() == 64);
}

TEST_CASE("a server that asks who we are is shown a certificate", "[http][tls]") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  const TlsFront front(server.port(), TlsFront::Speaks::http1_mutual);
  HttpEmbedderOptions options{.url = front.url(), .model = "fake-embed", .dimension = 64};
  options.ca_file = front.certificate();
  CHECK_THROWS_AS(embed_text(*openai_embedder(options), "page"), Error);
  CHECK(server.requests().empty());
  options.cert_file = front.client_certificate();
  CHECK(embed_text(*openai_embedder(options), "page").size() == 64);
  options.cert_file = "/nonexistent.pem";
  CHECK_THROWS_WITH(openai_embedder(options), ContainsSubstring("embedder_cert_file '/nonexistent.pem'"));
}

TEST_CASE("a server is reached over a socket of the machine", "[http]") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  const TlsFront front(server.port());
  std::string escaped = front.socket();
  for (std::size_t at = 0; (at = escaped.find('/', at)) != std::string::npos;) escaped.replace(at, 1, "%2F");
  for (const std::string& url :
       {"http+unix://" + front.socket().string(), "http+unix://" + front.socket().string() + ":/v1",
        "http+unix://" + escaped + "/v1"}) {
    CAPTURE(url);
    const auto embedder = openai_embedder({.url = url, .model = "fake-embed", .dimension = 64});
    CHECK(embed_text(*embedder, "page").size() == 64);
    CHECK(server.requests().back().path == "/v1/embeddings");
  }
  CHECK_THROWS_AS(openai_embedder({.url = "http+unix://relative", .model = "fake-embed", .dimension = 64}),
                  InvalidInput);
}

// In a run of its own, so that it can be skipped aloud.
TEST_CASE("calls to a server that offers HTTP/2 share its connections", "[.][http2]") {
  if (!TlsFront::has_node()) SKIP("NOT CHECKED: HTTP/2, for want of node");
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  const TlsFront front(server.port(), TlsFront::Speaks::http2);
  HttpEmbedderOptions options{.url = front.url(), .model = "fake-embed", .max_request_texts = 8};
  options.ca_file = front.certificate();
  const auto embedder = openai_embedder(options);
  std::vector<std::string> texts;
  for (int number = 0; number < 400; ++number) texts.push_back("page " + std::to_string(number));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> vectors(texts.size() * embedder->dimension());
  CHECK(embedder->embed(views, Purpose::document, vectors, {}).empty());
  CHECK(std::vector(vectors.end() - 64, vectors.end()) == fake_vector(texts.back(), 64));

  std::set<std::string_view> connections;
  const auto requests = server.requests();
  for (const ReceivedRequest& request : requests) {
    CHECK_FALSE(request.header("x-stream").empty());
    connections.insert(request.header("x-connection"));
  }
  CHECK(requests.size() > 50);
  CHECK(connections.size() == 1);
}
