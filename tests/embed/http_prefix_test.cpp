// What a model or a server needs beside the texts.

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/model_prefixes.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;
using Catch::Matchers::ContainsSubstring;
using Dialect = EmbeddingDialect;
using Json = nlohmann::json;

namespace {

HttpEmbedderOptions options_for(const FakeEmbeddingServer& server, const std::string& model = "fake-embed") {
  return {.url = server.url(), .model = model, .dimension = 64};
}

Json sent(const FakeEmbeddingServer& server) {
  return Json::parse(server.requests().back().body);
}

}  // namespace

TEST_CASE("A model whose card asks for prefixes gets them, each as the card has it", "[http][prefix]") {
  struct Card {
    const char* model;
    const char* document;
    const char* query;
  };
  const Card card = GENERATE(
      Card{"nomic-embed-text", "search_document: What is TSNE?", "search_query: What is TSNE?"},
      Card{"nomic-ai/nomic-embed-text-v1.5", "search_document: What is TSNE?", "search_query: What is TSNE?"},
      Card{"intfloat/e5-base-v2", "passage: What is TSNE?", "query: What is TSNE?"},
      Card{"intfloat/multilingual-e5-large", "passage: What is TSNE?", "query: What is TSNE?"},
      Card{"BAAI/bge-large-en-v1.5", "What is TSNE?",
           "Represent this sentence for searching relevant passages: What is TSNE?"},
      Card{"Snowflake/snowflake-arctic-embed-m-v1.5", "What is TSNE?",
           "Represent this sentence for searching relevant passages: What is TSNE?"},
      Card{"snowflake-arctic-embed2:568m", "What is TSNE?", "query: What is TSNE?"},
      Card{"mxbai-embed-large:latest", "What is TSNE?",
           "Represent this sentence for searching relevant passages: What is TSNE?"},
      Card{"Qwen/Qwen3-Embedding-0.6B", "What is TSNE?",
           "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:What "
           "is TSNE?"},
      Card{"google/embeddinggemma-300m", "title: none | text: What is TSNE?",
           "task: search result | query: What is TSNE?"},
      Card{"bge-m3", "What is TSNE?", "What is TSNE?"}, Card{"all-minilm", "What is TSNE?", "What is TSNE?"});
  CAPTURE(card.model);
  const FakeEmbeddingServer server({.dialect = Dialect::openai, .model = card.model});
  const auto embedder = openai_embedder(options_for(server, card.model));
  static_cast<void>(embed_text(*embedder, "What is TSNE?", Purpose::document));
  CHECK(sent(server).at("input").at(0) == card.document);
  static_cast<void>(embed_text(*embedder, "What is TSNE?", Purpose::query));
  CHECK(sent(server).at("input").at(0) == card.query);
}

TEST_CASE("Another prefix is another index, and an empty one switches it off", "[http][prefix]") {
  const FakeEmbeddingServer server({.dialect = Dialect::ollama, .model = "nomic-embed-text"});
  auto options = options_for(server, "nomic-embed-text");
  const auto known = ollama_embedder(options);
  options.query_prefix = options.document_prefix = "";
  const auto bare = ollama_embedder(options);
  CHECK(bare->name() == "nomic-embed-text");
  CHECK(known->name() != bare->name());
  CHECK_THAT(std::string(known->name()), ContainsSubstring("search_document: "));
  options.query_prefix = "find: ";
  CHECK(ollama_embedder(options)->name() != bare->name());
  static_cast<void>(embed_text(*bare, "page", Purpose::document));
  CHECK(sent(server).at("input").at(0) == "page");
}

TEST_CASE("A prefix counts against the tokens of a text", "[http][prefix]") {
  const FakeEmbeddingServer server;
  auto options = options_for(server);
  const std::size_t whole = ollama_embedder(options)->limits().max_tokens;
  options.document_prefix = "search_document: ";
  const auto embedder = ollama_embedder(options);
  CHECK(embedder->limits().max_tokens == whole - embedder->count_tokens("search_document: "));
  options.max_tokens = 3;
  CHECK_THROWS_WITH(ollama_embedder(options), ContainsSubstring("embedder_document_prefix"));
}

TEST_CASE("Members are merged into each request, those of questions over the others", "[http][body]") {
  const auto dialect = GENERATE(Dialect::ollama, Dialect::openai);
  const FakeEmbeddingServer server({.dialect = dialect});
  auto options = options_for(server);
  options.body = R"({"input_type": "passage", "options": {"num_ctx": 8192}, "user": "desk"})";
  options.query_body = R"({"input_type": "query"})";
  const auto embedder = dialect == Dialect::ollama ? ollama_embedder(options) : openai_embedder(options);
  static_cast<void>(embed_text(*embedder, "page", Purpose::document));
  CHECK(sent(server).at("input_type") == "passage");
  CHECK(sent(server).at("options") == Json{{"num_ctx", 8192}});
  static_cast<void>(embed_text(*embedder, "page"));
  CHECK(sent(server).at("input_type") == "query");
  CHECK(sent(server).at("user") == "desk");
  const std::string name(embedder->name());
  options.body = R"({"input_type": "passage", "options": {"num_ctx": 8192}})";
  CHECK(openai_embedder(options)->name() == name);  // a user changes no vector
  options.query_body = "";
  CHECK(openai_embedder(options)->name() != name);
}

TEST_CASE("A body that cannot be is refused by name", "[http][body]") {
  const FakeEmbeddingServer server;
  auto options = options_for(server);
  for (const char* body :
       {"[1]", "{", "passage", R"({"model":"x"})", R"({"input":"x"})", R"({"dimensions":3})"}) {
    options.body = body;
    CHECK_THROWS_WITH(ollama_embedder(options), ContainsSubstring("embedder_body"));
  }
  options.body = "";
  options.query_body = "1";
  CHECK_THROWS_WITH(ollama_embedder(options), ContainsSubstring("embedder_query_body"));
}

TEST_CASE("A name that looks like a model with prefixes is told from others", "[prefix]") {
  CHECK(likely_prefix_family("jeffh/intfloat-multilingual-e5-large:f16") == "e5");
  CHECK(likely_prefix_family("acme/nomic-tuned") == "nomic-embed-text");
  CHECK(likely_prefix_family("nomic-embed-text").empty());
  CHECK(likely_prefix_family("text-embedding-3-small").empty());
}
