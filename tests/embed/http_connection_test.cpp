// Connections, and what is sent over them beside texts.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "ragqueue/error.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Dialect = EmbeddingDialect;

namespace {

HttpEmbedderOptions options_for(const FakeEmbeddingServer& server) {
  return {.url = server.url(), .model = "fake-embed", .dimension = 64};
}

Error error_of(const Embedder& embedder) {
  try {
    static_cast<void>(embed_text(embedder, "a"));
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  throw std::logic_error("never");
}

}  // namespace

TEST_CASE("A key and headers are sent with each request, and shown in no error", "[http]") {
  const FakeEmbeddingServer server({.dialect = Dialect::openai, .api_key = "sk-secret"});
  auto options = options_for(server);
  options.headers = {{"X-Team", "desk"}};
  options.api_key = "sk-secret";
  CHECK_NOTHROW(embed_text(*openai_embedder(options), "a"));
  CHECK(server.requests().back().header("x-team") == "desk");

  options.api_key = "sk-other";
  const Error error = error_of(*openai_embedder(options));
  CHECK(error.fault() == Fault::setup);
  CHECK_THAT(error.what(), ContainsSubstring("the key is refused") && !ContainsSubstring("sk-other"));
}

TEST_CASE("What stays on the machine goes through no proxy", "[http]") {
  const FakeEmbeddingServer server({.dialect = Dialect::openai});
  FakeEmbeddingServer proxy({.dialect = Dialect::openai});
  proxy.set_faults(fault_sequence({ServerFault{.status = 502, .message = "never asked"}}));
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"})
    setenv(name, proxy.url().c_str(), 1);
  CHECK_NOTHROW(embed_text(*openai_embedder(options_for(server)), "a"));
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
  CHECK(proxy.requests().empty());
  CHECK(server.requests().size() == 1);
}

TEST_CASE("A key that a server says again is not told", "[http]") {
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  server.set_faults(
      [](const EmbeddingCall&) { return ServerFault{.status = 401, .message = "bad key sk-secret!"}; });
  auto options = options_for(server);
  options.api_key = "sk-secret";
  CHECK_THAT(error_of(*openai_embedder(options)).what(), ContainsSubstring("bad key ***!"));
}

TEST_CASE("A header that may be a key, and a key in the URL, are told in no error either", "[http]") {
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  server.set_faults(
      [](const EmbeddingCall&) { return ServerFault{.status = 500, .message = "X-Key was key-in-header"}; });
  auto options = options_for(server);
  options.url += "/v1?key=key-in-url";
  options.headers = {{"X-Key", "key-in-header"}, {"X-Team", "a"}};
  const Error error = error_of(*openai_embedder(options));
  CHECK(server.requests().back().path == "/v1/embeddings?key=key-in-url");
  CHECK_THAT(error.what(), ContainsSubstring("X-Key was ***") && !ContainsSubstring("key-in-url"));
}

TEST_CASE("A user and a password of the URL are sent, and shown in no error", "[http]") {
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  auto options = options_for(server);
  options.url.insert(std::string("http://").size(), "me:pass%21@");
  const auto embedder = openai_embedder(options);
  CHECK_NOTHROW(embed_text(*embedder, "a"));
  CHECK(server.requests().back().header("authorization") == "Basic bWU6cGFzcyE=");
  server.go_down();
  CHECK_THAT(error_of(*embedder).what(), !ContainsSubstring("pass"));
}

TEST_CASE("Calls one after the other share a connection", "[http]") {
  const FakeEmbeddingServer server;
  const auto embedder = ollama_embedder(options_for(server));
  for (int call = 0; call < 20; ++call) CHECK_NOTHROW(embed_text(*embedder, "a"));
  CHECK(server.statistics().calls == 20);
  CHECK(server.statistics().connections == 1);
}

TEST_CASE("A server that does not take connections is given up at the deadline for that", "[http]") {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int first = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(bind(listener, generic, size) == 0);
  REQUIRE(getsockname(listener, generic, &size) == 0);
  REQUIRE(listen(listener, 0) == 0);
  REQUIRE(connect(first, generic, size) == 0);  // All that fits into its queue.
  const auto embedder = openai_embedder({.url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)),
                                         .model = "m",
                                         .dimension = 4,
                                         .connect_deadline = 100ms,
                                         .call_deadline = 30s});
  const Error error = error_of(*embedder);
  CHECK(error.fault() == Fault::outage);
  // libcurl 7 and 8 say it in different words.
  CHECK_THAT(error.what(), (ContainsSubstring("Timeout was reached") || ContainsSubstring("timed out")) &&
                               !ContainsSubstring("after 30"));
  close(first);
  close(listener);
}
