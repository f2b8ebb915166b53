#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "http_client.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"

using namespace ragqueue::testing;
using namespace std::chrono_literals;
using Kind = ServerFault::Kind;

namespace {

const std::string embed_one = R"({"model":"m","input":["one"]})";
const std::string embed_two = R"({"model":"m","input":["one","two"]})";

FakeServerOptions small(EmbeddingDialect dialect) {
  return {.dialect = dialect, .model = "m", .dimension = 2};
}

/// The reply to `body` that meets `fault`.
HttpAnswer ask_with(const ServerFault& fault, const std::string& body = embed_two,
                    EmbeddingDialect dialect = EmbeddingDialect::openai) {
  FakeEmbeddingServer server(small(dialect));
  server.set_faults(fault_sequence({fault}));
  const std::string path = dialect == EmbeddingDialect::ollama ? "/api/embed" : "/v1/embeddings";
  HttpAnswer answer = ask(server.port(), path, body);
  CHECK(ask(server.port(), path, body).status == 200);
  return answer;
}

std::string item(const std::string& index, const std::string& vector) {
  return R"({"object":"embedding",)" + index + R"("embedding":)" + vector + "}";
}

std::string list(const std::string& items) {
  return R"({"object":"list","data":[)" + items +
         R"(],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}})";
}

const std::string one = "[0.9257397651672363,0.37816116213798523]";
const std::string two = "[0.935325562953949,-0.35378819704055786]";
const std::string first = R"("index":0,)", second = R"("index":1,)";

}  // namespace

TEST_CASE("faults of a reply's vectors") {
  const std::string right = item(first, one) + ",";
  CHECK(ask_with({.kind = Kind::late, .pause = 1ms}).body == list(right + item(second, two)));
  CHECK(ask_with({.kind = Kind::wrong_count}).body == list(item(first, one)));
  CHECK(ask_with({.kind = Kind::duplicate_index}).body == list(right + item(first, two)));
  CHECK(ask_with({.kind = Kind::missing_index}).body == list(right + item("", two)));
  CHECK(ask_with({.kind = Kind::shuffled}).body == list(item(second, two) + "," + item(first, one)));
  CHECK(ask_with({.kind = Kind::wrong_dimension}).body ==
        list(item(first, "[0.9257397651672363]") + "," + item(second, "[0.935325562953949]")));
  CHECK(ask_with({.kind = Kind::zeros}).body == list(right + item(second, "[0,0]")));
  CHECK(ask_with({.kind = Kind::wrong_count}, embed_one, EmbeddingDialect::ollama)
            .body.starts_with(
                R"({"model":"m","embeddings":[[0.92573977,0.37816116],[0.92573977,0.37816116]])"));
}

TEST_CASE("a NaN is written, or refused, as each server does it") {
  const ServerFault fault{.kind = Kind::not_a_number};
  const std::string base64 = R"({"model":"m","input":["one","two"],"encoding_format":"base64"})";
  CHECK(ask_with(fault).body == list(item(first, one) + "," + item(second, "[0.935325562953949,NaN]")));
  CHECK(ask_with(fault, base64).body ==
        list(item(first, R"("SP1sP1eewT4=")") + "," + item(second, R"("f3FvPwAAwH8=")")));
  CHECK(ask_with(fault, embed_two, EmbeddingDialect::llama_server).body.find("[0.935325562953949,null]") !=
        std::string::npos);
  const HttpAnswer ollama = ask_with(fault, embed_two, EmbeddingDialect::ollama);
  CHECK(ollama.status == 400);
  CHECK(ollama.body == R"({"error":"embedding contains NaN or Inf values"})");
}

TEST_CASE("refusals have the status, headers, words and shape that the script says") {
  const HttpAnswer limited =
      ask_with({.status = 429, .headers = {{"Retry-After", "1.5"}, {"retry-after-ms", "1500"}}});
  CHECK(limited.status == 429);
  CHECK(std::ranges::count(limited.headers, std::pair<std::string, std::string>("Retry-After", "1.5")) == 1);
  CHECK(std::ranges::count(limited.headers, std::pair<std::string, std::string>("retry-after-ms", "1500")) ==
        1);
  CHECK(ask_with({.status = 503}, embed_two, EmbeddingDialect::ollama).body ==
        R"({"error":"server busy, please try again.  maximum pending requests exceeded"})");

  const auto body = [](ErrorShape shape) {
    return ask_with({.status = 503, .message = "x", .shape = shape}).body;
  };
  const std::string type = R"("service_unavailable_error")", code = R"("service_unavailable")";
  CHECK(body(ErrorShape::nested) ==
        R"({"error":{"code":)" + code + R"(,"message":"x","param":null,"type":)" + type + "}}");
  CHECK(body(ErrorShape::text) == R"({"error":"x"})");
  CHECK(body(ErrorShape::object) ==
        R"({"code":503,"message":"x","object":"error","param":null,"type":)" + type + "}");
  CHECK(body(ErrorShape::flat) == R"({"code":503,"message":"x","type":)" + type + "}");
  CHECK(body(ErrorShape::error_type) == R"({"error":"x","error_type":)" + type + "}");
}

TEST_CASE("a page is no reply, whatever its status") {
  for (const unsigned status : {200U, 502U}) {
    const HttpAnswer answer = ask_with({.kind = Kind::not_json, .status = status});
    CHECK(answer.status == status);
    CHECK(answer.body.starts_with("<!DOCTYPE html>"));
  }
}

TEST_CASE("a reply breaks off where the script says") {
  const std::string request =
      "POST /v1/embeddings HTTP/1.1\r\nContent-Length: " + std::to_string(embed_two.size()) + "\r\n\r\n" +
      embed_two;
  FakeEmbeddingServer server(small(EmbeddingDialect::openai));
  const std::string whole = ask_raw(server.port(), request, "}}");
  const auto received = [&](const ServerFault& fault) {
    server.set_faults(fault_sequence({fault}));
    return ask_raw(server.port(), request, "}}");
  };
  CHECK(received({.kind = Kind::half_reply}) == whole.substr(0, whole.size() / 2));
  CHECK(received({.kind = Kind::reset_before_reply}).empty());
  CHECK(whole.starts_with(received({.kind = Kind::reset_within_reply})));
  CHECK(received({.kind = Kind::slow_reply, .pause = 1us}) == whole);
  CHECK(received({.kind = Kind::huge_reply, .size = 100'000}).size() > 100'000);
  CHECK(ask_with({.kind = Kind::reset_before_reply}).error == "Connection reset by peer");
}

TEST_CASE("one bad text spoils its batch") {
  FakeServerOptions options = small(EmbeddingDialect::llama_server);
  options.bad_text = [](std::string_view text) { return text == "two"; };
  const FakeEmbeddingServer server(options);
  CHECK(ask(server.port(), "/v1/embeddings", embed_one).status == 200);
  CHECK(ask(server.port(), "/v1/embeddings", embed_two).status == 500);
}

TEST_CASE("faults by chance depend on the seed alone") {
  const auto draw = [](const FaultRates& rates, std::uint64_t seed) {
    const FaultScript script = random_faults(rates, seed);
    std::string kinds;
    for (std::size_t i = 1; i <= 1000; ++i) {
      const std::optional<ServerFault> fault = script({.number = i});
      kinds += fault ? static_cast<char>('a' + static_cast<int>(fault->kind)) : '-';
    }
    return kinds;
  };
  const FaultRates some{.unavailable = 0.1, .half_reply = 0.1};
  const std::string kinds = draw(some, 7);
  CHECK(kinds == draw(some, 7));
  CHECK(kinds != draw(some, 8));
  const auto quiet = std::ranges::count(kinds, '-');
  CHECK((quiet > 700 && quiet < 900));
  CHECK(draw({.reset = 1}, 7) == std::string(1000, 'a' + static_cast<int>(Kind::reset_within_reply)));
  CHECK(draw({}, 7) == std::string(1000, '-'));
}
