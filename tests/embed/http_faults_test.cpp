// What each fault of a server leads to: what comes of the call, how many calls it cost.

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;
using namespace std::chrono_literals;
using Dialect = EmbeddingDialect;
using Kind = ServerFault::Kind;

namespace {

enum class Fate { embedded, rejected, outage, setup };

/// `faults` meets the first calls with so many copies of itself.
struct Case {
  const char* name;
  Dialect dialect;
  ServerFault fault;
  std::size_t faults;
  Fate fate;
  std::size_t calls;  ///< In all.
  const char* words = "";
  std::size_t texts = 1;
};

constexpr std::size_t always = 1'000;

using Headers = std::vector<std::pair<std::string, std::string>>;

ServerFault refused(unsigned status, std::string message = {}, Headers headers = {}) {
  return {
      .kind = Kind::refused, .status = status, .message = std::move(message), .headers = std::move(headers)};
}

Headers many_headers() {
  Headers headers;
  for (int number = 0; number < 300; ++number)
    headers.emplace_back("X-Padding-" + std::to_string(number), std::string(1'000, 'x'));
  return headers;
}

// clang-format off
/// A fault that passes costs a look at the server and a second try; one that stays is the server's.
const std::vector<Case> cases = {
    // The connection.
    {"reset before the reply", Dialect::ollama, {.kind = Kind::reset_before_reply}, 1, Fate::embedded, 3},
    {"reset within the reply", Dialect::ollama, {.kind = Kind::reset_within_reply}, 1, Fate::embedded, 3},
    {"reset each time", Dialect::ollama, {.kind = Kind::reset_before_reply}, always, Fate::outage, 2},
    {"half a reply", Dialect::openai, {.kind = Kind::half_reply}, 1, Fate::embedded, 3},
    {"later than the deadline", Dialect::openai, {.kind = Kind::held}, 1, Fate::embedded, 3},
    {"later than the deadline each time", Dialect::openai, {.kind = Kind::held}, always, Fate::outage, 2, "timed out"},
    {"slow bytes", Dialect::openai, {.kind = Kind::slow_reply, .pause = 50ms}, always, Fate::outage, 2, "timed out"},
    {"late, but in time", Dialect::openai, {.kind = Kind::late, .pause = 10ms}, 1, Fate::embedded, 1},
    {"huge reply", Dialect::ollama, {.kind = Kind::huge_reply, .size = 300'000}, always, Fate::outage, 2, "larger than"},
    {"huge headers", Dialect::openai, {.kind = Kind::late, .headers = many_headers()}, always, Fate::outage, 2, "headers are larger than"},
    // Replies that cannot be believed.
    {"one vector too few", Dialect::ollama, {.kind = Kind::wrong_count}, 1, Fate::embedded, 4, "", 3},
    {"one vector too many each time", Dialect::ollama, {.kind = Kind::wrong_count}, always, Fate::outage, 2, "more than 1 vectors"},
    {"an index twice", Dialect::openai, {.kind = Kind::duplicate_index}, 1, Fate::embedded, 4, "", 3},
    {"an index missing", Dialect::vllm, {.kind = Kind::missing_index}, 1, Fate::embedded, 1, "", 3},
    {"another order", Dialect::openai, {.kind = Kind::shuffled}, 1, Fate::embedded, 1, "", 3},
    {"HTML with 200", Dialect::ollama, {.kind = Kind::not_json, .status = 200}, always, Fate::outage, 2, "believed"},
    {"HTML with 502", Dialect::ollama, {.kind = Kind::not_json, .status = 502}, always, Fate::outage, 2, "Bad Gateway"},
    {"an error with 200", Dialect::ollama, {.kind = Kind::raw, .status = 200, .message = R"({"error":{"message":"no credit left"}})"}, always, Fate::setup, 2, "no credit left"},
    {"another dimension once", Dialect::ollama, {.kind = Kind::wrong_dimension}, 1, Fate::embedded, 3},
    {"another dimension", Dialect::ollama, {.kind = Kind::wrong_dimension}, always, Fate::setup, 2, "63 dimensions"},
    {"another dimension", Dialect::openai, {.kind = Kind::wrong_dimension}, always, Fate::setup, 2, "63 dimensions"},
    {"NaN once", Dialect::openai, {.kind = Kind::not_a_number}, 1, Fate::embedded, 3},
    {"NaN for any text", Dialect::llama_server, {.kind = Kind::not_a_number}, always, Fate::outage, 2, "not finite"},
    {"NaN that Ollama refuses, for any text", Dialect::ollama, {.kind = Kind::not_a_number}, always, Fate::setup, 2, "NaN or Inf"},
    {"zeros once", Dialect::ollama, {.kind = Kind::zeros}, 1, Fate::embedded, 2, "", 3},
    {"zeros for any text", Dialect::text_embeddings_inference, {.kind = Kind::zeros}, always, Fate::outage, 2, "all zeros"},
    // Busy.
    {"429", Dialect::openai, refused(429), always, Fate::outage, 1, "Rate limit reached"},
    {"429 with Retry-After", Dialect::openai, refused(429, "", {{"Retry-After", "0.06"}}), 2, Fate::embedded, 3},
    {"429 with retry-after-ms", Dialect::openai, refused(429, "", {{"Retry-After-Ms", "60"}, {"Retry-After", "9"}}), 1, Fate::embedded, 2},
    {"429 with Retry-After beyond the limit", Dialect::openai, refused(429, "", {{"Retry-After", "3600"}}), 1, Fate::outage, 1, "3600 s of patience"},
    {"429 with Retry-After again and again", Dialect::openai, refused(429, "", {{"Retry-After", "0.4"}}), always, Fate::outage, 3, "Rate limit"},
    {"503 while loading", Dialect::llama_server, refused(503), always, Fate::outage, 1, "Loading model"},
    {"503 of Ollama", Dialect::ollama, refused(503), always, Fate::outage, 1, "server busy, please try again"},
    {"overloaded", Dialect::text_embeddings_inference, refused(429), always, Fate::outage, 1, "Model is overloaded"},
    // Failures. A server whose encoding is not known yet is asked for another two.
    {"500 once", Dialect::ollama, refused(500), 1, Fate::embedded, 3},
    {"500", Dialect::ollama, refused(500), always, Fate::outage, 2, "runner process has terminated"},
    {"500", Dialect::vllm, refused(500), always, Fate::outage, 4, "Internal server error"},
    {"424", Dialect::text_embeddings_inference, refused(424), always, Fate::outage, 4, "Backend error"},
    {"408", Dialect::openai, refused(408), always, Fate::outage, 4},
    // What a person must mend.
    {"no such model", Dialect::ollama, refused(404), always, Fate::setup, 2, "no model fake-embed"},
    {"no such model", Dialect::openai, refused(404, "The model `x` does not exist"), always, Fate::setup, 2, "no model"},
    {"key refused", Dialect::openai, refused(401), always, Fate::setup, 2, "the key is refused"},
    {"not for embeddings", Dialect::llama_server, refused(501), always, Fate::setup, 2, "does not support embeddings"},
    {"moved", Dialect::openai, refused(308, "", {{"Location", "https://new.example/v1"}}), always, Fate::setup, 2, "https://new.example/v1"},
    {"another service", Dialect::ollama, refused(404, "no such page"), always, Fate::setup, 2, "--embedder openai"},
    {"any text is bad", Dialect::ollama, {.kind = Kind::bad_text}, always, Fate::setup, 2, "NaN or Inf"},
    {"any text is bad", Dialect::vllm, {.kind = Kind::bad_text}, always, Fate::setup, 4, "out of vocabulary"},
    {"any text is too long", Dialect::ollama, refused(400, "the input length exceeds the context length"), always, Fate::setup, 2, "refuses any text"},
    {"any text is too many", Dialect::ollama, refused(400, "too many inputs"), always, Fate::setup, 2, "refuses any text"},
    {"any text is too large", Dialect::ollama, refused(413, "too large"), always, Fate::setup, 2, "refuses any text"},
};

/// What a server says of one text again and again, while it serves others.
struct BadText {
  Dialect dialect;
  ServerFault fault;
  std::size_t calls;
  const char* words;
  bool too_long = false;
  bool retryable = false;
};
const std::vector<BadText> bad_texts = {
    {Dialect::ollama, {.kind = Kind::bad_text}, 4, "NaN or Inf"},
    {Dialect::openai, {.kind = Kind::bad_text}, 4, "'$.input' is invalid."},
    {Dialect::vllm, {.kind = Kind::bad_text}, 4, "out of vocabulary"},
    {Dialect::openai, {.kind = Kind::zeros}, 4, "all zeros"},
    {Dialect::openai, refused(403, "your input was flagged"), 4, "flagged"},
    {Dialect::openai, refused(451), 4, "HTTP 451"},
    {Dialect::llama_server, {.kind = Kind::bad_text}, 2, "too large to process", true},
    {Dialect::text_embeddings_inference, {.kind = Kind::bad_text}, 2, "must have less than", true},
    {Dialect::ollama, refused(500, "do embedding request: EOF"), 6, "EOF", false, true},
    // Over a connection that was used before, it is sent once more.
    {Dialect::ollama, {.kind = Kind::reset_before_reply}, 8, "", false, true},
    {Dialect::openai, {.kind = Kind::wrong_count}, 6, "believed", false, true},
    {Dialect::openai, {.kind = Kind::raw, .status = 200, .message = R"({"data":[{"index":0,"embedding":null}]})"}, 6, "believed", false, true},
    {Dialect::openai, {.kind = Kind::held}, 6, "timed out", false, true},
};
// clang-format on

struct Result {
  Fate fate = Fate::embedded;
  std::string words;
};

Result embed(const Embedder& embedder, std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t number = 0; number < count; ++number) texts.push_back("page " + std::to_string(number));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<float> vectors(count * embedder.dimension());
  try {
    const auto rejected = embedder.embed(views, Purpose::document, vectors, {});
    if (!rejected.empty()) return {Fate::rejected, rejected.front().reason};
    check_vectors(vectors, embedder.dimension());
  } catch (const Error& error) {
    REQUIRE((error.fault() == Fault::outage || error.fault() == Fault::setup));
    return {error.fault() == Fault::outage ? Fate::outage : Fate::setup, error.what()};
  }
  return {};
}

}  // namespace

TEST_CASE("Each fault of a server has its fate", "[http][faults]") {
  for (const Case& each : cases) {
    INFO(each.name << ", dialect " << static_cast<int>(each.dialect));
    FakeEmbeddingServer server({.dialect = each.dialect});
    std::vector<std::optional<ServerFault>> faults(each.faults, each.fault);
    server.set_faults(fault_sequence(faults));
    const HttpEmbedderOptions options{.url = server.url(),
                                      .model = "fake-embed",
                                      .dimension = 64,
                                      .max_reply_bytes = 200'000,
                                      .min_parallel = 1,
                                      .max_parallel = 1,
                                      .call_deadline = 1'500ms,
                                      .retry_after_limit = 1s};
    const auto embedder =
        each.dialect == Dialect::ollama ? ollama_embedder(options) : openai_embedder(options);
    const Result result = embed(*embedder, each.texts);
    CHECK(static_cast<int>(result.fate) == static_cast<int>(each.fate));
    CHECK_THAT(result.words, Catch::Matchers::ContainsSubstring(each.words));
    CHECK(server.statistics().calls == each.calls);
    server.release();
  }
}

TEST_CASE("A text that fails alone, while others pass, is at fault", "[http][faults]") {
  for (const BadText& each : bad_texts) {
    INFO(each.words << ", dialect " << static_cast<int>(each.dialect));
    FakeEmbeddingServer server({.dialect = each.dialect});
    server.set_faults([&](const EmbeddingCall& call) -> std::optional<ServerFault> {
      if (call.texts.front() == "page 0") return each.fault;
      return std::nullopt;
    });
    const HttpEmbedderOptions options{.url = server.url(),
                                      .model = "fake-embed",
                                      .dimension = 64,
                                      .min_parallel = 1,
                                      .max_parallel = 1,
                                      .call_deadline = 300ms};
    const auto embedder =
        each.dialect == Dialect::ollama ? ollama_embedder(options) : openai_embedder(options);
    const std::string_view text = "page 0";
    std::vector<float> vector(64);
    const auto rejected = embedder->embed({&text, 1}, Purpose::document, vector, {});
    REQUIRE(rejected.size() == 1);
    CHECK_THAT(rejected.front().reason, Catch::Matchers::ContainsSubstring(each.words));
    CHECK(rejected.front().too_long == each.too_long);
    CHECK(rejected.front().retryable == each.retryable);
    CHECK_FALSE(rejected.front().undecided);
    CHECK(server.statistics().calls == each.calls);
    server.release();
  }
}

TEST_CASE("A server that refuses some of several calls at once is asked fewer at once", "[http][faults]") {
  FakeEmbeddingServer server(
      {.dialect = Dialect::text_embeddings_inference, .slots = 2, .max_queue = 0, .call_time = 2ms});
  const HttpEmbedderOptions options{.url = server.url(),
                                    .model = "fake-embed",
                                    .dimension = 64,
                                    .max_request_texts = 8,
                                    .min_parallel = 1,
                                    .max_parallel = 16};
  const auto embedder = openai_embedder(options);
  for (int round = 0; round < 5; ++round) {
    const Result result = embed(*embedder, 400);
    CHECK(result.words.empty());
    CHECK(static_cast<int>(result.fate) == static_cast<int>(Fate::embedded));
  }
  CHECK(server.statistics().embedded == 2'000);
}
