#include "ragqueue/http_embedder.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "ragqueue/error.hpp"
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

std::vector<std::string> numbered_texts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t number = 0; number < count; ++number) texts.push_back("page " + std::to_string(number));
  return texts;
}

struct Outcome {
  std::vector<RejectedText> rejected;
  std::vector<float> vectors;
};

Outcome embed(const Embedder& embedder, const std::vector<std::string>& texts,
              const std::stop_token& stop = {}) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  Outcome outcome{.rejected = {}, .vectors = std::vector<float>(texts.size() * embedder.dimension())};
  outcome.rejected = embedder.embed(views, Purpose::document, outcome.vectors, stop);
  return outcome;
}

/// All vectors but those of rejected texts are what the server has for these texts.
void check_vectors_of(const Outcome& outcome, const std::vector<std::string>& texts) {
  const std::size_t dimension = outcome.vectors.size() / texts.size();
  auto refused = outcome.rejected.begin();
  for (std::size_t text = 0; text < texts.size(); ++text) {
    if (refused != outcome.rejected.end() && refused->index == text) {
      ++refused;
      continue;
    }
    const std::vector<float> wanted = fake_vector(texts[text], dimension);
    for (std::size_t i = 0; i < dimension; ++i) {
      const float got = outcome.vectors[text * dimension + i];
      if (std::abs(got - wanted[i]) > 1e-6F) FAIL("text " << text << ": " << got << " is not " << wanted[i]);
    }
  }
}

Error error_of(const Embedder& embedder, const std::vector<std::string>& texts) {
  try {
    static_cast<void>(embed(embedder, texts));
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  throw std::logic_error("never");
}

std::shared_ptr<const Embedder> embedder_for(Dialect dialect, const HttpEmbedderOptions& options) {
  const bool ollama = dialect == Dialect::ollama;
  return ollama ? ollama_embedder(options) : openai_embedder(options);
}

const auto all_dialects = {Dialect::ollama, Dialect::openai, Dialect::llama_server, Dialect::vllm,
                           Dialect::text_embeddings_inference};

}  // namespace

TEST_CASE("Each kind of server embeds many texts, each in its row", "[http]") {
  const auto dialect = GENERATE(values(all_dialects));
  CAPTURE(static_cast<int>(dialect));
  const FakeEmbeddingServer server({.dialect = dialect});
  const auto embedder = embedder_for(dialect, options_for(server));
  auto texts = numbered_texts(300);
  texts.emplace_back("a \"quoted\" \\ one\n\twith \x01 and 東京 🌍");
  const Outcome outcome = embed(*embedder, texts);
  CHECK(outcome.rejected.empty());
  check_vectors_of(outcome, texts);
}

TEST_CASE("A dimension that is not configured is asked of the server", "[http]") {
  const auto dialect = GENERATE(values(all_dialects));
  const FakeEmbeddingServer server({.dialect = dialect, .dimension = 96});
  auto options = options_for(server);
  options.dimension = 0;
  const auto embedder = embedder_for(dialect, options);
  CHECK(embedder->dimension() == 96);
  const auto texts = numbered_texts(3);
  check_vectors_of(embed(*embedder, texts), texts);
}

TEST_CASE("An embedder is created while its server is down, unless the dimension must be asked", "[http]") {
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  server.go_down();
  auto options = options_for(server);
  const auto embedder = openai_embedder(options);
  const Error error = error_of(*embedder, {"a"});
  CHECK(error.fault() == Fault::outage);
  CHECK_THAT(error.what(), ContainsSubstring(server.url()));
  server.come_back();
  CHECK(embed(*embedder, {"a"}).rejected.empty());

  server.go_down();
  options.dimension = 0;
  try {
    static_cast<void>(openai_embedder(options));
    FAIL("created");
  } catch (const Error& down) {
    CHECK(down.fault() == Fault::outage);
  }
}

TEST_CASE("Vectors are cut where that is asked for, and their name says so", "[http]") {
  const auto dialect = GENERATE(Dialect::ollama, Dialect::openai);
  const FakeEmbeddingServer server({.dialect = dialect});
  auto options = options_for(server);
  options.dimension = 16;
  options.cut = true;
  const auto embedder = embedder_for(dialect, options);
  CHECK(embedder->name() == "fake-embed@16");
  CHECK(embed(*embedder, {"a"}).rejected.empty());
  const auto body = nlohmann::json::parse(server.requests().back().body);
  CHECK(body.at("dimensions") == 16);
}

TEST_CASE("Ollama's default tag is no other model", "[http]") {
  const FakeEmbeddingServer server;
  auto options = options_for(server);
  options.model = "fake-embed:latest";
  const auto embedder = ollama_embedder(options);
  CHECK(embedder->name() == "fake-embed");
  CHECK(embed(*embedder, {"a"}).rejected.empty());
}

TEST_CASE("Ollama is asked never to cut, and to keep the model", "[http]") {
  const FakeEmbeddingServer server;
  auto options = options_for(server);
  options.keep_alive = "10m";
  CHECK(embed(*ollama_embedder(options), {"a"}).rejected.empty());
  const auto body = nlohmann::json::parse(server.requests().back().body);
  CHECK(body.at("truncate") == false);
  CHECK(body.at("keep_alive") == "10m");
}

TEST_CASE("One bad text among 512 is found in 22 calls more, and the others are embedded", "[http]") {
  const auto dialect = GENERATE(Dialect::ollama, Dialect::openai, Dialect::vllm, Dialect::llama_server,
                                Dialect::text_embeddings_inference);
  const auto bad = GENERATE(std::size_t{0}, std::size_t{255}, std::size_t{300}, std::size_t{511});
  CAPTURE(static_cast<int>(dialect), bad);
  const auto texts = numbered_texts(512);
  const FakeEmbeddingServer server({.dialect = dialect,
                                    .max_texts = 512,
                                    .bad_text = [&](std::string_view text) { return text == texts[bad]; }});
  auto options = options_for(server);
  options.max_request_texts = 512;
  options.min_parallel = options.max_parallel = 1;
  const Outcome outcome = embed(*embedder_for(dialect, options), texts);
  REQUIRE(outcome.rejected.size() == 1);
  CHECK(outcome.rejected[0].index == bad);
  CHECK_FALSE(outcome.rejected[0].reason.empty());
  check_vectors_of(outcome, texts);
  CHECK(server.statistics().calls <= 1 + 22);
}

TEST_CASE("A text that the model finds too long is told from one that is bad", "[http]") {
  const auto dialect = GENERATE(Dialect::ollama, Dialect::openai, Dialect::vllm, Dialect::llama_server,
                                Dialect::text_embeddings_inference);
  const std::size_t words = GENERATE(20, 50);  // over llama-server's batch, and over its context
  CAPTURE(static_cast<int>(dialect), words);
  const FakeEmbeddingServer server({.dialect = dialect, .max_tokens = 16});
  std::string text;
  for (std::size_t i = 0; i < words; ++i) text += "word ";
  auto texts = numbered_texts(9);
  texts[4] = text;
  const Outcome outcome = embed(*embedder_for(dialect, options_for(server)), texts);
  REQUIRE(outcome.rejected.size() == 1);
  CHECK(outcome.rejected[0].index == 4);
  CHECK(outcome.rejected[0].too_long);
  check_vectors_of(outcome, texts);
}

TEST_CASE("No request is over a limit of texts, tokens or bytes that is configured", "[http]") {
  const auto dialect = GENERATE(Dialect::ollama, Dialect::openai);
  const auto limited = GENERATE(0, 1, 2);
  const FakeEmbeddingServer server({.dialect = dialect});
  auto options = options_for(server);
  if (limited == 0) options.max_request_texts = 7;
  if (limited == 1) options.max_request_tokens = 50;
  if (limited == 2) options.max_request_bytes = 400;
  std::vector<std::string> texts;
  for (std::size_t number = 0; number < 150; ++number) {
    std::string text = "page " + std::to_string(number);
    for (std::size_t i = 0; i < number % 11; ++i) text += " word";
    texts.push_back(text);
  }
  const auto embedder = embedder_for(dialect, options);
  const Outcome outcome = embed(*embedder, texts);
  CHECK(outcome.rejected.empty());
  check_vectors_of(outcome, texts);
  std::size_t most_texts = 0, most_tokens = 0, most_bytes = 0;
  for (const auto& request : server.requests()) {
    const auto input = nlohmann::json::parse(request.body).at("input").get<std::vector<std::string>>();
    std::size_t tokens = 0;
    for (const std::string& text : input) tokens += embedder->count_tokens(text);
    most_texts = std::max(most_texts, input.size());
    most_tokens = std::max(most_tokens, tokens);
    most_bytes = std::max(most_bytes, request.body.size());
  }
  CHECK((most_texts > 1 && most_texts <= options.max_request_texts));
  CHECK(most_tokens <= options.max_request_tokens);
  CHECK(most_bytes <= options.max_request_bytes);
}

TEST_CASE("A server that takes fewer texts than asked says so once", "[http]") {
  const auto dialect = GENERATE(Dialect::text_embeddings_inference, Dialect::openai, Dialect::vllm);
  CAPTURE(static_cast<int>(dialect));
  const FakeEmbeddingServer server({.dialect = dialect, .max_texts = 20});
  auto options = options_for(server);
  options.min_parallel = options.max_parallel = 1;
  const auto embedder = embedder_for(dialect, options);
  const auto texts = numbered_texts(200);
  check_vectors_of(embed(*embedder, texts), texts);
  const std::size_t before = server.statistics().calls;
  check_vectors_of(embed(*embedder, texts), texts);
  CHECK(server.statistics().calls - before <= 13);
}

TEST_CASE("A request that is too large is made smaller, and so are those after it", "[http]") {
  SECTION("in bytes") {
    const FakeEmbeddingServer server({.dialect = Dialect::text_embeddings_inference, .max_body_bytes = 700});
    const auto embedder = openai_embedder(options_for(server));
    const auto texts = numbered_texts(64);
    check_vectors_of(embed(*embedder, texts), texts);
    CHECK(embed(*embedder, {std::string(800, 'x')}).rejected.at(0).too_long);
  }
  SECTION("in tokens") {
    const FakeEmbeddingServer server({.dialect = Dialect::openai, .max_request_tokens = 40});
    const auto embedder = openai_embedder(options_for(server));
    const auto texts = numbered_texts(64);
    check_vectors_of(embed(*embedder, texts), texts);
  }
}

TEST_CASE("Texts that no server can embed are not sent", "[http]") {
  const FakeEmbeddingServer server({.dialect = Dialect::openai});
  const Outcome outcome = embed(*openai_embedder(options_for(server)), {"a", "", "\xff", " \n", "b"});
  REQUIRE(outcome.rejected.size() == 3);
  CHECK(outcome.rejected[0].index == 1);
  CHECK(outcome.rejected[1].index == 2);
  CHECK_THAT(outcome.rejected[1].reason, ContainsSubstring("UTF-8"));
  CHECK(outcome.rejected[2].index == 3);
  CHECK(server.statistics().texts == 2);
}

TEST_CASE("A server that refuses any text is at fault, and not the text", "[http]") {
  FakeEmbeddingServer server({.dialect = Dialect::vllm, .bad_text = [](std::string_view) { return true; }});
  const Error error = error_of(*openai_embedder(options_for(server)), {"a"});
  CHECK(error.fault() == Fault::setup);
  CHECK_THAT(error.what(), ContainsSubstring("Token id 0 is out of vocabulary"));
}

TEST_CASE("A call that is broken off ends soon", "[http]") {
  FakeEmbeddingServer server;
  server.set_faults([](const EmbeddingCall&) { return ServerFault{.kind = ServerFault::Kind::held}; });
  const auto embedder = ollama_embedder(options_for(server));
  std::stop_source stop;
  const std::jthread other([&] {
    static_cast<void>(server.wait_for_calls(1));
    stop.request_stop();
  });
  CHECK_THROWS_AS(embed(*embedder, numbered_texts(3), stop.get_token()), Error);
  server.release();
}

TEST_CASE("Nonsense is refused by name", "[http]") {
  const auto field_of = [](HttpEmbedderOptions options) -> std::string {
    try {
      static_cast<void>(openai_embedder(options));
    } catch (const InvalidInput& error) {
      return error.field();
    }
    return "";
  };
  const HttpEmbedderOptions good{.url = "http://127.0.0.1:1", .model = "m", .dimension = 4};
  CHECK(field_of(good).empty());
  const auto with = [&good](auto member, auto value) {
    HttpEmbedderOptions options = good;
    options.*member = value;
    return options;
  };
  using O = HttpEmbedderOptions;
  CHECK(field_of(with(&O::url, "")) == "embedder_url");
  CHECK(field_of(with(&O::url, "ftp://host")) == "embedder_url");
  CHECK(field_of(with(&O::url, "http://")) == "embedder_url");
  CHECK(field_of(with(&O::model, "")) == "embedder_model");
  CHECK(field_of(with(&O::api_key, "a\nb: c")) == "api_key");
  CHECK(field_of(with(&O::max_tokens, 0)) == "max_tokens");
  CHECK(field_of(with(&O::max_request_texts, 0)) == "max_request_texts");
  CHECK(field_of(with(&O::min_parallel, 0)) == "min_parallel");
  CHECK(field_of(with(&O::min_parallel, 17)) == "max_parallel");
  CHECK(field_of(with(&O::max_reply_bytes, 10)) == "max_reply_bytes");
  CHECK(field_of(with(&O::call_deadline, 0ms)) == "call_deadline");
  HttpEmbedderOptions injected = good;
  injected.headers = {{"X-A", "b\r\nX-C: d"}};
  CHECK(field_of(injected) == "embedder_header");
  HttpEmbedderOptions cut = good;
  cut.dimension = 0;
  cut.cut = true;
  CHECK(field_of(cut) == "embedder_dimension");
}
