// What each fault of an embedding server means for the jobs: a worker, a client and a database, all real.

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "http_desk.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Dialect = EmbeddingDialect;
using Kind = ServerFault::Kind;

namespace {

enum class Weather {
  fair,  ///< Nothing is noticed but perhaps a delay.
  down,  ///< The embedder is taken for down; the jobs go back unspent and are done once it answers.
  bad,   ///< A job is at fault, and is failed at its first attempt.
};

/// `fault` meets the first call of a batch with `jobs` texts where the weather is fair; each call until the
/// embedder is taken for down; each call with the first job's text where that is at fault.
struct Case {
  const char* name;
  Dialect dialect;
  ServerFault fault;
  unsigned jobs;
  Weather weather;
  const char* words = "";  ///< Told in the log of an embedder that is down, in last_error of a failed job.
};

ServerFault refused(unsigned status, std::string message = {}, const char* retry_after = nullptr) {
  ServerFault fault{.status = status, .message = std::move(message)};
  if (retry_after != nullptr) fault.headers = {{"Retry-After", retry_after}};
  return fault;
}

ServerFault shaped(unsigned status, ErrorShape shape) {
  return {.status = status, .message = "in five shapes", .shape = shape};
}

const ServerFault bad_text{.kind = Kind::bad_text};
const ServerFault nan{.kind = Kind::not_a_number};
const ServerFault zeros{.kind = Kind::zeros};
constexpr auto ollama = Dialect::ollama;
constexpr auto openai = Dialect::openai;
constexpr auto llama = Dialect::llama_server;
constexpr auto tei = Dialect::text_embeddings_inference;
constexpr auto vllm = Dialect::vllm;
constexpr auto fair = Weather::fair;
constexpr auto down = Weather::down;
constexpr auto bad = Weather::bad;

// clang-format off
const std::vector<Case> cases = {
    // The connection.
    {"late, but in time", openai, {.kind = Kind::late, .pause = 10ms}, 1, fair},
    {"later than the deadline once", ollama, {.kind = Kind::held}, 1, fair},
    {"later than the deadline", ollama, {.kind = Kind::held}, 1, down, "timed out"},
    {"slow bytes", openai, {.kind = Kind::slow_reply, .pause = 50ms}, 1, down, "timed out"},
    {"reset before the reply once", ollama, {.kind = Kind::reset_before_reply}, 2, fair},
    {"reset before the reply", ollama, {.kind = Kind::reset_before_reply}, 2, down},
    {"reset within the reply", openai, {.kind = Kind::reset_within_reply}, 2, down},
    {"half a reply", openai, {.kind = Kind::half_reply}, 2, down},
    {"huge reply", ollama, {.kind = Kind::huge_reply, .size = 300'000}, 1, down, "larger than"},
    // Replies that cannot be believed.
    {"one vector too few once", ollama, {.kind = Kind::wrong_count}, 3, fair},
    {"one vector too many", openai, {.kind = Kind::wrong_count}, 1, down, "1 for 1 texts"},
    {"an index twice", openai, {.kind = Kind::duplicate_index}, 2, fair},
    {"an index missing", vllm, {.kind = Kind::missing_index}, 2, fair},
    {"another order", llama, {.kind = Kind::shuffled}, 3, fair},
    {"another dimension, Ollama", ollama, {.kind = Kind::wrong_dimension}, 1, down, "63 dimensions"},
    {"another dimension, OpenAI", openai, {.kind = Kind::wrong_dimension}, 1, down, "63 dimensions"},
    {"NaN once", openai, nan, 2, fair},
    {"NaN for one text", llama, nan, 1, bad, "not finite"},
    {"NaN for any text", openai, nan, 1, down, "not finite"},
    {"NaN that Ollama refuses, for any text", ollama, nan, 1, down, "NaN or Inf"},
    {"zeros once", ollama, zeros, 2, fair},
    {"zeros for one text", tei, zeros, 1, bad, "all zeros"},
    {"zeros for any text", tei, zeros, 1, down, "all zeros"},
    {"HTML with 200", openai, {.kind = Kind::not_json, .status = 200}, 1, down, "believed"},
    {"HTML with 502", ollama, {.kind = Kind::not_json, .status = 502}, 1, down, "Bad Gateway"},
    {"an error with 200", openai, {.kind = Kind::raw, .status = 200, .message = R"({"error":{"message":"no credit"}})"}, 1, down, "no credit"},
    // Busy.
    {"429", openai, refused(429), 2, down, "Rate limit reached"},
    {"429 with Retry-After", openai, refused(429, "", "0.06"), 2, fair},
    {"429 with Retry-After over the limit", openai, refused(429, "", "1.2"), 1, down, "1.2 s of patience"},
    {"429 of text-embeddings-inference", tei, refused(429), 1, down, "Model is overloaded"},
    {"503 of Ollama", ollama, refused(503), 1, down, "server busy, please try again"},
    {"503 while loading", llama, refused(503), 1, down, "Loading model"},
    {"408", openai, refused(408), 1, down},
    // Failures, in each dialect and each shape.
    {"500 once", ollama, refused(500), 2, fair},
    {"500 of Ollama", ollama, refused(500), 2, down, "runner process has terminated"},
    {"500 of OpenAI", openai, refused(500), 1, down, "HTTP 500"},
    {"500 of vLLM", vllm, refused(500), 1, down, "Internal server error"},
    {"424 of text-embeddings-inference", tei, refused(424), 1, down, "Backend error"},
    {"nested", openai, shaped(500, ErrorShape::nested), 1, down, "in five shapes"},
    {"text", openai, shaped(500, ErrorShape::text), 1, down, "in five shapes"},
    {"object", openai, shaped(500, ErrorShape::object), 1, down, "in five shapes"},
    {"flat", openai, shaped(500, ErrorShape::flat), 1, down, "in five shapes"},
    {"with an error_type", openai, shaped(500, ErrorShape::error_type), 1, down, "in five shapes"},
    // What a person must mend.
    {"no such model, Ollama", ollama, refused(404), 1, down, "no model fake-embed"},
    {"no such model, OpenAI", openai, refused(404, "The model `x` does not exist"), 1, down, "no model"},
    {"the key refused", openai, refused(401), 1, down, "the key is refused"},
    {"not for embeddings", llama, refused(501), 1, down, "does not support embeddings"},
    {"moved", openai, refused(308), 1, down, "HTTP 308"},
    {"any text is refused", vllm, bad_text, 1, down, "out of vocabulary"},
    {"any text is too long", ollama, refused(400, "the input length exceeds the context length"), 3, down, "refuses any text"},
    {"any text is too many", openai, refused(400, "too many inputs"), 3, down, "refuses any text"},
    {"any text is too large", openai, refused(413), 3, down, "refuses any text"},
    // A text that is refused.
    {"bad text, Ollama", ollama, bad_text, 1, bad, "NaN or Inf"},
    {"bad text, OpenAI", openai, bad_text, 1, bad, "'$.input' is invalid."},
    {"bad text, vLLM", vllm, bad_text, 1, bad, "out of vocabulary"},
    {"flagged", openai, refused(403, "your input was flagged"), 3, bad, "flagged"},
    {"too long, with 500", llama, bad_text, 1, bad, "too large to process"},
    {"too long, with 422", tei, bad_text, 1, bad, "must have less than"},
};
// clang-format on

/// The embedder, its calls counted when they have ended.
class Counted final : public Embedder {
 public:
  explicit Counted(std::shared_ptr<const Embedder> inner) : inner_(std::move(inner)) {}

  [[nodiscard]] std::string_view name() const override { return inner_->name(); }
  [[nodiscard]] std::size_t dimension() const override { return inner_->dimension(); }
  [[nodiscard]] EmbedderLimits limits() const override { return inner_->limits(); }
  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override {
    return inner_->count_tokens(text);
  }
  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> texts, Purpose purpose,
                                                std::span<float> vectors,
                                                const std::stop_token& stop) const override {
    try {
      return inner_->embed(texts, purpose, vectors, stop);
    } catch (const Error&) {
      ++failures_;
      failures_.notify_all();
      throw;
    }
  }

  void wait_for_failures(int wanted) const {
    for (int seen = failures_; seen < wanted; seen = failures_) failures_.wait(seen);
  }

 private:
  std::shared_ptr<const Embedder> inner_;
  mutable std::atomic<int> failures_ = 0;
};

}  // namespace

namespace {

FaultScript script_of(const Case& each, const HttpDesk& desk) {
  if (each.weather == fair) return fault_sequence({each.fault});
  return [&](const EmbeddingCall& call) {
    const bool meets = each.weather == down ? desk.log().find("the embedder is down") == std::string::npos
                                            : std::ranges::any_of(call.texts, [](const std::string& text) {
                                                return text.find("page 1") != text.npos;
                                              });
    return meets ? std::optional(each.fault) : std::nullopt;
  };
}

std::string fates_of(const Case& each) {
  std::string fates = each.weather == bad ? "failed1" : "done0";
  for (unsigned job = 1; job < each.jobs; ++job) fates.insert(0, "done0 ");
  return fates;
}

}  // namespace

TEST_CASE("each fault of an embedding server has its fate and its price", "[weather]") {
  for (const Case& each : cases) {
    INFO(each.name);
    HttpDesk desk({.dialect = each.dialect});
    desk.use(each.dialect, {.max_reply_bytes = 200'000, .call_deadline = 1'000ms, .retry_after_limit = 1s});
    desk.embedding_server.set_faults(script_of(each, desk));
    for (unsigned number = 1; number <= each.jobs; ++number)
      desk.write(number, "t", "page " + std::to_string(number));
    const WorkerCounters counters = desk.drain(desk.one_consumer());
    CHECK(desk.jobs() == fates_of(each));
    CHECK(counters.retried == 0);
    CHECK(counters.released == (each.weather == down ? each.jobs : 0));
    CHECK((desk.log().find("the embedder is down") != std::string::npos) == (each.weather == down));
    if (each.weather == down) CHECK_THAT(desk.log(), ContainsSubstring(each.words));
    if (each.weather == bad) {
      CHECK_THAT(desk.database.text("SELECT last_error FROM rag_index_queue WHERE status = 'failed'"),
                 ContainsSubstring(each.words));
    }
    desk.embedding_server.release();
  }
}

TEST_CASE("an embedding server that is down for longer than all retries would last costs no attempt",
          "[weather]") {
  const bool refuses_connections = GENERATE(true, false);
  HttpDesk desk({.dialect = Dialect::openai});
  desk.use(Dialect::openai, {});
  const auto counted = std::make_shared<Counted>(desk.pipeline.embedder);
  desk.pipeline.embedder = counted;
  for (unsigned number = 1; number <= 40; ++number) desk.write(number, "t", "page " + std::to_string(number));
  if (refuses_connections) {
    desk.embedding_server.go_down();
  } else {
    desk.embedding_server.set_faults([](const EmbeddingCall&) { return refused(503); });
  }
  WorkerOptions options = desk.one_consumer();
  options.concurrency = 2;
  options.batch = 7;
  Worker worker(desk.pipeline, options);
  worker.start();
  // Were its failures charged, the jobs of the first batch would be failed by now: a retry follows within
  // some milliseconds.
  counted->wait_for_failures(options.retry.max_attempts + 1);
  CHECK(desk.database.number("SELECT count(*) FROM rag_index_queue WHERE status <> 'pending'") == 0);
  CHECK(desk.database.number("SELECT sum(attempts) FROM rag_index_queue") == 0);
  desk.embedding_server.set_faults({});
  desk.embedding_server.come_back();
  worker.wait();
  CHECK(worker.counters().done == 40);
  CHECK(worker.counters().failed + worker.counters().retried == 0);
  CHECK(desk.database.text("SELECT string_agg(DISTINCT status || attempts, ' ') FROM rag_index_queue") ==
        "done0");
  CHECK(desk.database.number("SELECT count(*) FROM rag_chunks") == 40);
  CHECK_THAT(desk.log(), ContainsSubstring("the embedder is down") &&
                             ContainsSubstring("the embedder has been down for ") &&
                             ContainsSubstring("the embedder answers again, after "));
}

TEST_CASE("of 512 texts with a bad one, 511 are indexed, and its job fails with the server's words",
          "[weather]") {
  struct Words {
    Dialect dialect;
    const char* words;
  };
  const auto [dialect, words] =
      GENERATE(Words{ollama, "embedding contains NaN or Inf values"}, Words{openai, "'$.input' is invalid."},
               Words{llama, "too large to process"}, Words{tei, "must have less than"},
               Words{vllm, "out of vocabulary"});
  HttpDesk desk({.dialect = dialect, .max_texts = 512, .bad_text = [](std::string_view text) {
                   return text.find("poison") != text.npos;
                 }});
  desk.use(dialect, {.max_request_texts = 512});
  constexpr unsigned guilty = 301;
  for (unsigned number = 1; number <= 512; ++number)
    desk.write(number, "t", (number == guilty ? "poison " : "page ") + std::to_string(number));
  const WorkerCounters counters = desk.drain(desk.one_consumer());
  CHECK(counters.done == 511);
  CHECK(counters.failed == 1);
  CHECK(counters.retried + counters.released == 0);
  CHECK_THAT(desk.last_error(guilty), ContainsSubstring(words));
  CHECK(desk.database.number("SELECT sum(attempts) FROM rag_index_queue") == 1);
  CHECK(desk.database.number("SELECT count(*) FROM rag_chunks") == 511);
  CHECK(desk.embedding_server.statistics().calls <= 1 + 22);
}

TEST_CASE("a text that the model finds too long is split smaller, and none of it is lost", "[weather]") {
  const auto dialect = GENERATE(ollama, openai, llama, tei, vllm);
  CAPTURE(static_cast<int>(dialect));
  HttpDesk desk({.dialect = dialect, .max_tokens = 24});
  desk.use(dialect, {});
  std::string text;
  for (int word = 0; word < 100; ++word) text += "word" + std::to_string(word) + ' ';
  desk.write(1, "t", text);
  desk.write(2, "t", "short");
  CHECK(desk.drain(desk.one_consumer()).done == 2);
  CHECK(desk.jobs() == "done0 done0");
  const std::string indexed =
      desk.database.text("SELECT string_agg(content, ' ' ORDER BY chunk_index) || ' ' FROM rag_chunks");
  for (int word = 0; word < 100; ++word)
    CHECK_THAT(indexed, ContainsSubstring("word" + std::to_string(word) + ' '));
}
