#include "ragqueue/testing/fake_embedding_server.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <string>
#include <vector>

#include "http_client.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue::testing;

namespace {

const std::string path = "/v1/embeddings";
const std::string body = R"({"model":"fake-embed","input":["one","two"]})";

std::future<HttpAnswer> ask_later(const FakeEmbeddingServer& server) {
  return std::async(std::launch::async, [port = server.port()] { return ask(port, path, body); });
}

std::optional<ServerFault> hold(const EmbeddingCall& /*call*/) {
  return ServerFault{.kind = ServerFault::Kind::held};
}

}  // namespace

TEST_CASE("calls beyond the slots queue, and calls beyond the queue are refused") {
  FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai, .slots = 2, .max_queue = 1});
  server.set_faults(hold);
  std::vector<std::future<HttpAnswer>> answers;
  for (int call = 0; call < 4; ++call) answers.push_back(ask_later(server));
  // Only one of them can come back before release(): the one that found the other three there.
  const auto is_back = [](const auto& answer) {
    return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  while (std::ranges::none_of(answers, is_back)) answers.front().wait_for(std::chrono::milliseconds(1));
  server.release();
  std::vector<unsigned> statuses;
  for (auto& answer : answers) statuses.push_back(answer.get().status);
  std::ranges::sort(statuses);
  CHECK(statuses == std::vector<unsigned>{200, 200, 200, 429});

  const FakeServerStatistics seen = server.statistics();
  CHECK(seen.connections == 4);
  CHECK(seen.calls == 4);
  CHECK(seen.texts == 8);
  CHECK(seen.embedded == 6);
  CHECK(seen.most_calls == 4);
  CHECK(seen.all_busy.count() > 0);
  CHECK(seen.slot_time >= 2 * seen.all_busy);
  CHECK(seen.span >= seen.all_busy);
  CHECK(seen.busy_share() > 0);
}

TEST_CASE("a slot that is free is not a slot that is busy") {
  const FakeEmbeddingServer one({.dialect = EmbeddingDialect::openai, .slots = 1});
  const FakeEmbeddingServer two({.dialect = EmbeddingDialect::openai, .slots = 2});
  for (int call = 0; call < 3; ++call) {
    CHECK(ask(one.port(), path, body).status == 200);
    CHECK(ask(two.port(), path, body).status == 200);
  }
  CHECK(one.statistics().all_busy == one.statistics().slot_time);
  CHECK(one.statistics().slot_time.count() > 0);
  CHECK(two.statistics().all_busy.count() == 0);
  CHECK(two.statistics().slot_time.count() > 0);
}

TEST_CASE("service time is kept") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai,
                                    .call_time = std::chrono::milliseconds(20),
                                    .text_time = std::chrono::milliseconds(10)});
  CHECK(ask(server.port(), path, body).status == 200);
  CHECK(server.statistics().slot_time >= std::chrono::milliseconds(40));
}

TEST_CASE("a server that goes down breaks its connections, and comes back on its port") {
  FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  server.set_faults(hold);
  std::future<HttpAnswer> held = ask_later(server);
  REQUIRE(server.wait_for_calls(1));
  server.go_down();
  CHECK(held.get().status == 0);
  CHECK(ask(server.port(), path, body).error == "Connection refused");
  server.go_down();
  // Nobody else gets the port meanwhile.
  server.set_faults({});
  server.come_back();
  server.come_back();
  CHECK(ask(server.port(), path, body).status == 200);
  CHECK(server.statistics().calls == 2);
}

TEST_CASE("a port that another server has is refused") {
  const FakeEmbeddingServer server;
  CHECK_THROWS_AS(FakeEmbeddingServer({}, server.port()), ragqueue::Error);
}

TEST_CASE("waiting for calls that do not come ends") {
  const FakeEmbeddingServer server;
  CHECK(server.wait_for_calls(0));
  CHECK_FALSE(server.wait_for_calls(1, std::chrono::milliseconds(1)));
}

TEST_CASE("requests are recorded as they came, whatever they ask for") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai});
  static_cast<void>(ask(server.port(), path, body, {{"X-Team", "desk"}}));
  static_cast<void>(ask(server.port(), "/v1/models?all=1"));
  const std::vector<ReceivedRequest> requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].path == path);
  CHECK(requests[0].header("x-team") == "desk");
  CHECK(requests[0].body == body);
  CHECK(requests[1].method == "GET");
  CHECK(requests[1].path == "/v1/models?all=1");
  CHECK(requests[1].header("x-team").empty());
  CHECK(server.statistics().calls == 1);
}

TEST_CASE("connections are kept, an expectation is met, and errors end llama-server's connections") {
  const std::string head =
      "POST /v1/embeddings HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  const FakeEmbeddingServer openai({.dialect = EmbeddingDialect::openai});
  const std::string last = "GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n";
  CHECK(ask_raw(openai.port(), head + "\r\n" + body + last).ends_with(R"("object":"list"})"));
  CHECK(openai.statistics().connections == 1);
  CHECK(ask_raw(openai.port(), head + "Expect: 100-continue\r\n\r\n" + body, "}}")
            .starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));

  const FakeEmbeddingServer llama({.dialect = EmbeddingDialect::llama_server});
  const std::string refusal = ask_raw(llama.port(), "GET /nothing HTTP/1.1\r\n\r\n");
  CHECK(refusal.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("Ollama's long replies are chunked") {
  const FakeEmbeddingServer server({.dialect = EmbeddingDialect::ollama, .dimension = 768});
  const HttpAnswer answer = ask(server.port(), "/api/embed", body);
  CHECK(answer.body.size() > 2048);
  CHECK(std::ranges::count(answer.headers,
                           std::pair<std::string, std::string>("Transfer-Encoding", "chunked")) == 1);
}
