// The client against a real server.

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../testing/http_client.hpp"
#include "llama_server.hpp"
#include "ragqueue/http_embedder.hpp"

using namespace ragqueue;
using Json = nlohmann::json;
using Catch::Matchers::WithinAbs;

namespace {

std::shared_ptr<const Embedder> client_of(const LlamaServer& server) {
  return openai_embedder({.url = server.url(), .model = "tiny-bert", .max_tokens = 1'000'000});
}

std::string words(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "paper ";
  return text;
}

struct Embedded {
  std::vector<RejectedText> rejected;
  std::vector<float> vectors;
};

Embedded embed(const Embedder& embedder, const std::vector<std::string>& texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  Embedded result{.rejected = {}, .vectors = std::vector<float>(texts.size() * embedder.dimension())};
  result.rejected = embedder.embed(views, Purpose::document, result.vectors, {});
  return result;
}

void check_near(std::span<const float> got, const std::vector<float>& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK_THAT(got[i], WithinAbs(wanted[i], 1e-5));
}

}  // namespace

TEST_CASE("the real llama-server is asked its dimension, and its base64 is what it says in numbers") {
  if (!LlamaServer::is_here()) SKIP(LlamaServer::why_not());
  const LlamaServer server;
  const auto embedder = client_of(server);
  REQUIRE(embedder->dimension() == 64);
  const std::string text = "the printer is out of paper";
  const auto port = static_cast<std::uint16_t>(std::stoul(server.url().substr(server.url().rfind(':') + 1)));
  const auto reply =
      ask(port, "/v1/embeddings", Json({{"input", text}, {"encoding_format", "float"}}).dump());
  const auto numbers = Json::parse(reply.body).at("data").at(0).at("embedding").get<std::vector<float>>();
  check_near(embed_text(*embedder, text), numbers);
}

TEST_CASE("a batch has the vectors that its texts have alone, from the real llama-server") {
  if (!LlamaServer::is_here()) SKIP(LlamaServer::why_not());
  const LlamaServer server;
  const auto embedder = client_of(server);
  std::vector<std::string> texts;
  for (std::size_t text = 0; text < 100; ++text) texts.push_back(words(1 + text % 7) + "printer invoice");
  const Embedded batch = embed(*embedder, texts);
  CHECK(batch.rejected.empty());
  for (std::size_t text = 0; text < 7; ++text)
    check_near(std::span(batch.vectors).subspan(text * 64, 64), embed_text(*embedder, texts[text]));
}

TEST_CASE(
    "the text that the real llama-server finds too long is named, the others of its batch are embedded") {
  if (!LlamaServer::is_here()) SKIP(LlamaServer::why_not());
  // 255 words are over the context of one, 600 over the physical batch of the other.
  const bool over_context = GENERATE(true, false);
  const LlamaServer server(over_context ? std::vector<std::string>{"--parallel", "1", "--ctx-size", "256"}
                                        : std::vector<std::string>{});
  const auto embedder = client_of(server);
  const std::vector<std::string> texts{"paper jam", words(over_context ? 300 : 600), "refund of an invoice"};
  const Embedded result = embed(*embedder, texts);
  REQUIRE(result.rejected.size() == 1);
  CHECK(result.rejected[0].index == 1);
  CHECK(result.rejected[0].too_long);
  CAPTURE(result.rejected[0].reason);
  check_near(std::span(result.vectors).subspan(128, 64), embed_text(*embedder, texts[2]));
}
