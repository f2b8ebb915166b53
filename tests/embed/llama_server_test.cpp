#include "llama_server.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "../testing/http_client.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"

using namespace ragqueue::testing;
using Json = nlohmann::json;
using Vector = std::vector<double>;

namespace {

std::uint16_t port_of(const LlamaServer& server) {
  return static_cast<std::uint16_t>(std::stoul(server.url().substr(server.url().rfind(':') + 1)));
}

std::string words(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "paper ";
  return text;
}

std::string request(const Json& input) {
  return Json({{"model", "tiny-bert"}, {"input", input}}).dump();
}

Vector embed(const LlamaServer& server, const std::string& text) {
  const HttpAnswer answer = ask(port_of(server), "/v1/embeddings", request(text));
  return Json::parse(answer.body).at("data").at(0).at("embedding").get<Vector>();
}

double similarity(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

TEST_CASE("the real llama-server has a sane model") {
  if (!LlamaServer::is_here()) SKIP(LlamaServer::why_not());
  const LlamaServer server;
  const Vector printer = embed(server, "the printer is out of paper");
  CHECK(printer.size() == 64);
  CHECK(std::abs(similarity(printer, printer) - 1) < 1e-5);
  CHECK(similarity(printer, embed(server, "scan a page, copy it, and the jam is in the tray")) >
        0.2 + similarity(printer, embed(server, "the refund of an invoice")));
}

TEST_CASE("the fake server refuses what the real llama-server refuses, in the same words") {
  if (!LlamaServer::is_here()) SKIP(LlamaServer::why_not());
  const LlamaServer real({"--parallel", "1", "--ctx-size", "256", "--ubatch-size", "512"});
  const FakeEmbeddingServer fake(
      {.dialect = EmbeddingDialect::llama_server, .model = "tiny-bert", .dimension = 64, .max_tokens = 256});
  // The real one counts two more tokens than there are words.
  const std::vector<std::pair<Json, Json>> refused = {
      {words(255), words(257)},
      {words(510), words(512)},
      {words(511), words(513)},
      {words(600), words(602)},
      {{"paper", words(600)}, {"paper", words(602)}},
      {Json::array(), Json::array()},
  };
  for (const auto& [to_real, to_fake] : refused) {
    const HttpAnswer wanted = ask(port_of(real), "/v1/embeddings", request(to_real));
    const HttpAnswer answer = ask(fake.port(), "/v1/embeddings", request(to_fake));
    CAPTURE(wanted.body);
    CHECK(wanted.status >= 400);
    CHECK(answer.status == wanted.status);
    CHECK(Json::parse(answer.body) == Json::parse(wanted.body));
  }
  for (const std::string path : {"/api/embed", "/api/embeddings"}) {
    CHECK(Json::parse(ask(fake.port(), path, request("paper")).body) ==
          Json::parse(ask(port_of(real), path, request("paper")).body));
  }
}

TEST_CASE("the fake server's replies have the members of the real llama-server's") {
  if (!LlamaServer::is_here()) SKIP(LlamaServer::why_not());
  const LlamaServer real;
  const FakeEmbeddingServer fake(
      {.dialect = EmbeddingDialect::llama_server, .model = "tiny-bert", .dimension = 64});
  for (const std::string encoding : {"float", "base64"}) {
    const std::string body =
        Json({{"input", {"paper", ""}}, {"encoding_format", encoding}, {"dimensions", 8}}).dump();
    Json wanted = Json::parse(ask(port_of(real), "/v1/embeddings", body).body);
    Json answer = Json::parse(ask(fake.port(), "/v1/embeddings", body).body);
    // Both have zeros for the empty text.
    CHECK(answer.at("data").at(1) == wanted.at("data").at(1));
    for (Json* reply : {&wanted, &answer}) {
      for (Json& item : reply->at("data")) item["embedding"] = item["embedding"].size();
      reply->erase("usage");
    }
    CHECK(answer == wanted);
  }
}
