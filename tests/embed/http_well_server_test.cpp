// Who is to blame, the server or a text; what is learnt from it.

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Dialect = EmbeddingDialect;
using Kind = ServerFault::Kind;
using Fault_ = std::optional<ServerFault>;

namespace {

HttpEmbedderOptions options_for(const FakeEmbeddingServer& server) {
  return {.url = server.url(), .model = "fake-embed", .dimension = 64, .min_parallel = 1, .max_parallel = 1};
}

std::vector<std::string> numbered_texts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t number = 0; number < count; ++number) texts.push_back("page " + std::to_string(number));
  return texts;
}

std::vector<RejectedText> embed(const Embedder& embedder, const std::vector<std::string>& texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> vectors(texts.size() * embedder.dimension());
  auto rejected = embedder.embed(views, Purpose::document, vectors, {});
  auto next = rejected.begin();
  for (std::size_t text = 0; text < texts.size(); ++text) {
    if (next != rejected.end() && next->index == text) {
      ++next;
    } else {
      const auto wanted = fake_vector(texts[text], embedder.dimension());
      CHECK(std::abs(vectors[text * embedder.dimension()] - wanted.front()) < 1e-5F);
    }
  }
  return rejected;
}

std::size_t count_with(const FakeEmbeddingServer& server, const std::string& words) {
  return static_cast<std::size_t>(std::ranges::count_if(
      server.requests(),
      [&](const ReceivedRequest& request) { return request.body.find(words) != std::string::npos; }));
}

bool has(const EmbeddingCall& call, std::string_view words) {
  return std::ranges::any_of(call.texts,
                             [&](const std::string& text) { return text.find(words) != text.npos; });
}

nlohmann::json body_of(const ReceivedRequest& request) {
  return nlohmann::json::parse(request.body);
}

}  // namespace

TEST_CASE(
    "One bad text of 30 is found in about twice the logarithm of calls, whatever it makes of the server",
    "[http][blame]") {
  const auto fault =
      GENERATE(ServerFault{.status = 500, .message = "Post \"http://127.0.0.1/embedding\": EOF"},
               ServerFault{.kind = Kind::reset_before_reply}, ServerFault{.status = 451},
               ServerFault{.kind = Kind::wrong_count}, ServerFault{.status = 403});
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  server.set_faults(
      [&](const EmbeddingCall& call) { return has(call, "page 17") ? Fault_(fault) : Fault_(); });
  const auto rejected = embed(*openai_embedder(options_for(server)), numbered_texts(30));
  REQUIRE(rejected.size() == 1);
  CHECK(rejected.front().index == 17);
  // A request whose connection is reset is sent once more, over a new one.
  const std::size_t sendings = fault.kind == Kind::reset_before_reply ? 2 : 1;
  CHECK(count_with(server, "page 17\"") <= 6 * sendings);
  CHECK(server.statistics().calls <= 9 + 6 * sendings);
}

TEST_CASE("A server that is sick for a while has no text blamed, whatever it says", "[http][blame]") {
  const auto fault = GENERATE(
      ServerFault{.status = 413},
      ServerFault{.status = 400, .message = "the input length exceeds the context length"},
      ServerFault{.status = 400, .message = "too many inputs"}, ServerFault{.status = 422, .message = "no"},
      ServerFault{
          .kind = Kind::raw, .status = 200, .message = R"({"data":[{"index":0,"embedding":[null,null]}]})"},
      ServerFault{.status = 403}, ServerFault{.status = 500});
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  const auto embedder = openai_embedder(options_for(server));
  CHECK(embed(*embedder, numbered_texts(20)).empty());
  server.set_faults([&](const EmbeddingCall&) { return fault; });
  const std::size_t before = server.statistics().calls;
  CHECK_THROWS_AS(embed(*embedder, numbered_texts(20)), Error);
  CHECK(server.statistics().calls - before == 2);
  server.set_faults({});
  CHECK(embed(*embedder, numbered_texts(20)).empty());
}

TEST_CASE("A text for which a harmless one of its size is refused too is too long, in whatever words",
          "[http][blame]") {
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  server.set_faults([&](const EmbeddingCall& call) {
    const bool large =
        std::ranges::any_of(call.texts, [](const std::string& text) { return text.size() > 300; });
    return large ? Fault_(ServerFault{.status = 400, .message = "Bad request"}) : Fault_();
  });
  const auto embedder = openai_embedder(options_for(server));
  const auto rejected = embed(*embedder, {"page 1", std::string(400, 'x'), "page 2"});
  REQUIRE(rejected.size() == 1);
  CHECK(rejected.front().index == 1);
  CHECK(rejected.front().too_long);
}

TEST_CASE("Texts that all fail leave others their turn soon, and are looked into the next time",
          "[http][blame]") {
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  server.set_faults([&](const EmbeddingCall& call) {
    return has(call, "page") && !has(call, "printer") ? Fault_(ServerFault{.status = 500}) : Fault_();
  });
  const auto embedder = openai_embedder(options_for(server));
  const auto first = embed(*embedder, numbered_texts(32));
  CHECK(first.size() == 32);
  CHECK(std::ranges::any_of(first, &RejectedText::undecided));
  CHECK(server.statistics().calls <= 12);
  const auto second = embed(*embedder, numbered_texts(32));
  CHECK(second.size() == 32);
  CHECK(std::ranges::none_of(second, &RejectedText::undecided));
}

TEST_CASE("How vectors are asked for is learnt once, from any refusal", "[http][encoding]") {
  const auto fault = GENERATE(
      ServerFault{.status = 400, .message = "extra fields not permitted: ['encoding_format']"},
      ServerFault{.kind = Kind::raw,
                  .status = 422,
                  .message = R"({"detail":[{"type":"extra_forbidden","loc":["body","encoding_format"]}]})"},
      ServerFault{.status = 400, .message = "PROXY_READ_ERROR"},
      ServerFault{.status = 500, .message = "Cannot deserialize value of type ArrayList<java.lang.Float>"},
      ServerFault{.kind = Kind::raw, .status = 200, .message = R"({"object":"list","data":[]})"});
  const bool takes_floats = GENERATE(true, false);
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  server.set_faults([&](const EmbeddingCall& call) {
    const bool refused = call.body.find(takes_floats ? "base64" : "encoding_format") != std::string::npos;
    return refused ? Fault_(fault) : Fault_();
  });
  const auto embedder = openai_embedder(options_for(server));
  CHECK(embed(*embedder, numbered_texts(5)).empty());
  const std::size_t refused = count_with(server, "base64");
  CHECK(embed(*embedder, numbered_texts(5)).empty());
  CHECK(count_with(server, "base64") == refused);
  CHECK(body_of(server.requests().back()).value("encoding_format", "none") ==
        (takes_floats ? "float" : "none"));
}

TEST_CASE("How vectors are asked for can be told", "[http][encoding]") {
  const FakeEmbeddingServer server({.dialect = Dialect::openai});
  auto options = options_for(server);
  options.encoding = VectorEncoding::unnamed;
  CHECK(embed(*openai_embedder(options), {"page 1"}).empty());
  CHECK_FALSE(body_of(server.requests().back()).contains("encoding_format"));
}

TEST_CASE("How many texts a request may have is learnt from any wording, and found again upwards",
          "[http][limits]") {
  const std::string message = GENERATE(
      "batch size is invalid, it should not be larger than 10.: input.contents",
      "batch size 64 > maximum allowed batch size 10", "Too many inputs in request, split into more batches.",
      "Too many tokens overall, split into more batches.",
      "The max allowed tokens per submitted batch is 120000. Your batch has 130000 tokens after truncation.",
      "limit reached: input is larger than I like");
  std::size_t most = 10;
  std::size_t refused = 0;
  std::size_t largest = 0;
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  server.set_faults([&](const EmbeddingCall& call) {
    largest = std::max(largest, call.texts.size());
    if (call.texts.size() <= most) return Fault_();
    ++refused;
    return Fault_(ServerFault{.status = 400, .message = message});
  });
  const auto embedder = openai_embedder(options_for(server));
  for (int batch = 0; batch < 4; ++batch) CHECK(embed(*embedder, numbered_texts(100)).empty());
  INFO(message);
  CHECK(refused <= 15);
  most = 1'000;
  largest = 0;
  for (int batch = 0; batch < 400 && largest < 40; ++batch)
    CHECK(embed(*embedder, numbered_texts(100)).empty());
  CHECK((largest >= 40 || message.find("10") != std::string::npos));
}

TEST_CASE("One long text does not lower what a request may have", "[http][limits]") {
  FakeEmbeddingServer server({.dialect = Dialect::ollama, .max_tokens = 20});
  const auto embedder = ollama_embedder(options_for(server));
  auto texts = numbered_texts(64);
  for (int word = 0; word < 30; ++word) texts[9] += " word";
  CHECK(embed(*embedder, texts).at(0).too_long);
  CHECK(embed(*embedder, numbered_texts(64)).empty());
  CHECK(body_of(server.requests().back()).at("input").size() == 64);
}

TEST_CASE("A text that hangs is found long before the deadline, once it is known how long a call takes",
          "[http][blame]") {
  FakeEmbeddingServer server({.dialect = Dialect::openai, .slots = 32});
  const auto embedder = openai_embedder(options_for(server));
  for (int call = 0; call < 10; ++call) CHECK(embed(*embedder, {"page"}).empty());
  server.set_faults([&](const EmbeddingCall& call) {
    return has(call, "page 3") ? Fault_(ServerFault{.kind = Kind::held}) : Fault_();
  });
  const auto begin = std::chrono::steady_clock::now();
  CHECK(embed(*embedder, numbered_texts(10)).size() == 1);
  CHECK(std::chrono::steady_clock::now() - begin < 20s);  // and not five times two minutes
  CHECK(count_with(server, "page 3\"") <= 6);
  server.release();
}

TEST_CASE("A key that is replaced is read again when the old one is refused", "[http][key]") {
  const FakeEmbeddingServer server({.dialect = Dialect::openai, .api_key = "new-secret"});
  auto options = options_for(server);
  std::string key = "old-secret";
  options.read_headers = [&] {
    return std::vector<std::pair<std::string, std::string>>{{"Authorization", "Bearer " + key}};
  };
  const auto embedder = openai_embedder(options);
  CHECK_THROWS_WITH(embed(*embedder, {"page 1"}),
                    ContainsSubstring("the key is refused") && !ContainsSubstring("old-secret"));
  key = "new-secret";
  CHECK(embed(*embedder, numbered_texts(3)).empty());
}

TEST_CASE("A base URL without its /v1 is named", "[http]") {
  FakeEmbeddingServer server({.dialect = Dialect::openai});
  auto options = options_for(server);
  options.url += "/llm";
  CHECK_THROWS_WITH(embed(*openai_embedder(options), {"page 1"}),
                    ContainsSubstring("did you mean --embedder-url " + server.url() + "/llm/v1?"));
}
