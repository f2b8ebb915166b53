#include <libpq-fe.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <functional>
#include <string>

#include "helpdesk.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using testing::Helpdesk;

namespace {

using Deed = std::function<void(pg_conn*)>;

Deed run(const char* statement) {
  return [statement](pg_conn* connection) { PQclear(PQexec(connection, statement)); };
}

/// Each does as its built-in does, and then something more to every batch with a "bad" title.
struct MeddlingFetcher final : SourceFetcher {
  std::shared_ptr<const SourceFetcher> inner;
  Deed before, deed;
  [[nodiscard]] std::vector<Document> fetch(pg_conn* connection, const Uuid& organization_id,
                                            std::string_view source_type,
                                            std::span<const Uuid> source_ids) const override {
    if (before && std::ranges::find(source_ids, testing::uuid(2)) != source_ids.end()) before(connection);
    std::vector<Document> documents = inner->fetch(connection, organization_id, source_type, source_ids);
    for (const Document& document : documents)
      if (deed && document.title == "bad") deed(connection);
    return documents;
  }
};

struct MeddlingStore final : IndexStore {
  std::shared_ptr<const IndexStore> inner = make_postgres_index_store();
  Deed before, deed, asked;
  [[nodiscard]] StoredChunks stored_chunks(pg_conn* connection,
                                           std::span<const SourceKey> sources) const override {
    if (asked) asked(connection);
    return inner->stored_chunks(connection, sources);
  }
  void apply(pg_conn* transaction, std::span<const IndexedDocument> upserts,
             std::span<const SourceKey> removals) const override {
    const auto bad = [](const IndexedDocument& indexed) { return indexed.document.title == "bad"; };
    const bool meddles = std::ranges::any_of(upserts, bad);
    if (meddles && before) before(transaction);
    inner->apply(transaction, upserts, removals);
    if (meddles && deed) deed(transaction);
  }
};

struct ThrowingChunker final : Chunker {
  std::shared_ptr<const Chunker> inner = make_text_chunker();
  std::function<void()> deed;
  [[nodiscard]] std::vector<Chunk> split(const Document& document, const Embedder& embedder) const override {
    if (document.title == "bad") deed();
    return inner->split(document, embedder);
  }
};

struct ThrowingExtractor final : TextExtractor {
  std::function<void()> deed;
  [[nodiscard]] ExtractedText extract(std::string_view body, TextFormat /*format*/) const override {
    if (body.find("text") != std::string_view::npos) deed();
    return {.text = std::string(body)};
  }
};

struct Meddled : Helpdesk {
  std::shared_ptr<MeddlingStore> store = std::make_shared<MeddlingStore>();
  std::shared_ptr<MeddlingFetcher> fetcher = std::make_shared<MeddlingFetcher>();

  Meddled() {
    fetcher->inner = pipeline.sources;
    write(1, "Printer", "jam");
    write(2, "bad", "text");
    write(3, "Mouse", "stuck");
  }
  void check_only_bad_failed(const std::string& who, const std::string& says) {
    const BatchResult result = process_claimed();
    CHECK(result.done == 2);
    CHECK(result.retried == 1);
    CHECK_THAT(last_error(2), ContainsSubstring(who) && ContainsSubstring(says));
    CHECK(PQtransactionStatus(database.get()) == PQTRANS_IDLE);
    CHECK(PQpipelineStatus(database.get()) == PQ_PIPELINE_OFF);
    CHECK(database.text("SELECT current_setting('search_path')") == path);
    CHECK(database.text("SELECT current_user = session_user") == "true");
  }
  std::string path = database.text("SELECT current_setting('search_path')");
};

}  // namespace

TEST_CASE_METHOD(Meddled,
                 "whatever an extension point throws is one failed job, and names the extension point") {
  const auto [thrower, says] = GENERATE(table<std::function<void()>, std::string>({
      {[] { throw 42; }, "type int"},
      {[] { throw std::string("words"); }, "std::"},
      {[] { throw "words"; }, "char const*"},
      {[] { throw std::runtime_error("of its own"); }, "of its own"},
      {[] { throw Error(Fault::job, "an Error"); }, "an Error"},
      {[] {
         struct Own {};
         throw Own{};
       },
       "Own"},
  }));
  const std::string who = GENERATE("source fetcher", "text extractor", "chunker", "embedder", "index store");
  const auto deed = [thrown = thrower](pg_conn* /*connection*/) { thrown(); };
  auto chunker = std::make_shared<ThrowingChunker>();
  chunker->deed = thrower;
  fetcher->deed = deed;
  store->deed = deed;
  if (who == "source fetcher") pipeline.sources = fetcher;
  if (who == "text extractor") {
    auto extractor = std::make_shared<ThrowingExtractor>();
    extractor->deed = thrower;
    pipeline.extractor = extractor;
  }
  if (who == "chunker") pipeline.chunker = chunker;
  if (who == "index store") pipeline.store = store;
  if (who == "embedder") {
    embedder->before_call = [thrown = thrower](std::span<const std::string_view> texts) {
      for (const std::string_view text : texts)
        if (text.starts_with("bad")) thrown();
    };
  }
  check_only_bad_failed(who, says);
}

TEST_CASE_METHOD(Meddled, "a text extractor whose blocks are not in its text fails the job alone") {
  struct Dreaming final : TextExtractor {
    [[nodiscard]] ExtractedText extract(std::string_view body, TextFormat /*format*/) const override {
      const std::size_t end = body.size() + (body == "text" ? 1 : 0);
      return {.text = std::string(body), .blocks = {{.begin = 0, .end = end, .level = 1}}};
    }
  };
  pipeline.extractor = std::make_shared<Dreaming>();
  check_only_bad_failed("text extractor", "blocks");
}

TEST_CASE_METHOD(Meddled, "what an extractor leaves out is counted, and told of at debug level") {
  struct Short final : TextExtractor {
    [[nodiscard]] ExtractedText extract(std::string_view body, TextFormat /*format*/) const override {
      return {.text = std::string(body.substr(1)), .left_out = 1};
    }
  };
  pipeline.extractor = std::make_shared<Short>();
  std::vector<LogEntry> told;
  const BatchResult result = process(database.get(), pipeline, claim(),
                                     {.log = [&](const LogEntry& entry) { told.push_back(entry); }});
  CHECK(result.left_out_bytes == 3);
  REQUIRE(told.size() == 3);
  CHECK(told[0].level == LogLevel::debug);
  CHECK_THAT(told[0].message, ContainsSubstring("left out 1 of"));
}

TEST_CASE_METHOD(Meddled,
                 "a source fetcher that leaves the connection otherwise than it found it is blamed for it") {
  const auto [deed, says] = GENERATE(table<Deed, std::string>({
      {run("BEGIN"), "left a transaction open"},
      {run("BEGIN; SELECT 1/0"), "left a transaction open"},
      {run("COPY (SELECT 1) TO STDOUT"), "COPY"},
      {[](pg_conn* c) { PQsendQuery(c, "SELECT 1"); }, "query under way"},
      {[](pg_conn* c) { PQenterPipelineMode(c); }, "pipeline mode"},
      {[](pg_conn* c) { PQsetnonblocking(c, 1); }, "non-blocking"},
      {run("SET search_path = pg_catalog"), "changed search_path"},
      {run("SET ROLE pg_monitor"), "changed role"},
      {run("SET statement_timeout = 1"), "changed statement_timeout"},
      {run("SELECT set_config('app.current_org', '7', false)"), "changed app.current_org"},
      {run("SET session_replication_role = replica"), "changed session_replication_role"},
      {[](pg_conn* c) {
         PQclear(PQexec(c, "BEGIN"));
         throw 42;
       },
       "type int"},
  }));
  pipeline.sources = fetcher;
  fetcher->deed = deed;
  check_only_bad_failed("source fetcher", says);
}

TEST_CASE_METHOD(Meddled,
                 "a source fetcher that changes the connection and fails for it is blamed for both") {
  pipeline.sources = fetcher;
  fetcher->before = run("SET search_path = pg_catalog");
  check_only_bad_failed("source fetcher: it changed search_path", "\"tickets\" does not exist");
}

TEST_CASE_METHOD(Meddled,
                 "an index store that meddles with the transaction is blamed, and acknowledges nothing by it",
                 "[promise-4]") {
  const auto [deed, says] = GENERATE(table<Deed, std::string>({
      {run("COMMIT"), "ended the transaction"},
      {run("ROLLBACK"), "ended the transaction"},
      {run("COMMIT; BEGIN"), "ended the transaction and began another"},
      {run("ROLLBACK; BEGIN"), "ended the transaction and began another"},
      {run("COMMIT AND CHAIN"), "ended the transaction and began another"},
      {run("SELECT 1/0"), "swallowed"},
      {run("COPY (SELECT 1) TO STDOUT"), "COPY"},
      {[](pg_conn* c) { PQenterPipelineMode(c); }, "pipeline mode"},
      {run("SET search_path = pg_catalog"), "changed search_path"},
      {run("SET LOCAL search_path = pg_catalog"), "changed search_path"},
      {run("SET ROLE pg_monitor"), "changed role"},
      {[](pg_conn* c) { PQreset(c); }, "ended the transaction"},
      {[](pg_conn* c) {
         PQclear(PQexec(c, "COMMIT"));
         throw 42;
       },
       "type int"},
  }));
  const bool early = GENERATE(true, false);  // before it writes, or after
  CAPTURE(says, early);
  pipeline.store = store;
  (early ? store->before : store->deed) = deed;
  const BatchResult result = process_claimed();
  CHECK(result.done == 2);
  CHECK(result.retried == 1);
  CHECK_THAT(last_error(2), ContainsSubstring("index store"));
  if (!early) CHECK_THAT(last_error(2), ContainsSubstring(says));
  if (early && says.starts_with("changed"))
    CHECK_THAT(last_error(2), ContainsSubstring("changed search_path or role"));
  CHECK(statuses().find("pending") != std::string::npos);
  CHECK(database.text("SELECT current_setting('search_path')") == path);
}

TEST_CASE_METHOD(Meddled, "an index store that meddles when it is asked what it holds is blamed for it",
                 "[promise-4]") {
  pipeline.store = store;
  store->asked = run("BEGIN");
  CHECK(process_claimed().retried == 3);
  CHECK_THAT(last_error(1), ContainsSubstring("index store: it left a transaction open"));
}

TEST_CASE_METHOD(Meddled,
                 "a worker goes on with a new connection after an extension point spoilt the one it had") {
  pipeline.store = store;
  store->deed = run("COMMIT");
  const WorkerCounters counters = drain();
  CHECK(counters.done == 2);
  CHECK(counters.failed == 1);
  write(4, "Late", "text");
  CHECK(drain().done == 1);
}

TEST_CASE_METHOD(Meddled, "a log that throws ends nothing") {
  pipeline.store = store;
  store->deed = [](pg_conn* /*connection*/) { throw 42; };
  WorkerOptions settings = options();
  settings.log = [](const LogEntry& /*entry*/) { throw 42; };
  CHECK(drain(settings).failed == 1);
}

TEST_CASE_METHOD(Helpdesk,
                 "links: a JSON null is none; too many, or one that is invalid, fail their job alone") {
  const auto [links, says] = GENERATE(table<std::string, std::string>({
      {"(SELECT jsonb_agg(jsonb_build_object('source_type', 'kb', 'source_id', gen_random_uuid())) FROM "
       "generate_series(1, 10001))",
       "10001"},
      {"'[{\"source_type\": \"kb\", \"source_id\": \"00000000-0000-4000-8000-000000000001\", \"weight\": "
       "1e999}]'::jsonb",
       "out of range"},
      {"'{}'::jsonb", "non-array"},
      {"'7'::jsonb", "non-array"},
      {"'[{\"source_type\": \"kb\"}]'::jsonb", "links[0]"},
  }));
  std::vector<SqlSource> sources = builtin_sources();
  sources[0].query = "SELECT id, subject AS title, description AS body, CASE WHEN subject = 'bad' THEN " +
                     links +
                     " ELSE 'null' END AS links FROM tickets WHERE organization_id = $1 AND id = ANY ($2)";
  pipeline.sources = make_sql_source_fetcher(sources);
  write(1, "Printer", "jam");
  write(2, "bad", "text");
  const BatchResult result = process_claimed();
  CHECK(result.done == 1);
  CHECK(result.retried + result.failed == 1);
  CHECK_THAT(last_error(2), ContainsSubstring(says));
}

TEST_CASE_METHOD(Meddled, "weights that are no numbers, from any source fetcher, fail their job alone") {
  struct Weighing final : SourceFetcher {
    std::shared_ptr<const SourceFetcher> inner;
    double weight = 0;
    [[nodiscard]] std::vector<Document> fetch(pg_conn* connection, const Uuid& organization_id,
                                              std::string_view source_type,
                                              std::span<const Uuid> source_ids) const override {
      auto documents = inner->fetch(connection, organization_id, source_type, source_ids);
      for (Document& document : documents)
        if (document.title == "bad")
          document.links.push_back({.source_type = "kb", .source_id = testing::uuid(1), .weight = weight});
      return documents;
    }
  };
  auto weighing = std::make_shared<Weighing>();
  weighing->inner = pipeline.sources;
  weighing->weight = GENERATE(std::nan(""), HUGE_VAL, -HUGE_VAL);
  pipeline.sources = weighing;
  const BatchResult result = process_claimed();
  CHECK(result.done == 2);
  CHECK(result.failed == 1);
  CHECK_THAT(last_error(2), ContainsSubstring("weight"));
}

TEST_CASE_METHOD(Meddled,
                 "chunks that are too many, or longer than the embedder takes, fail their job alone") {
  struct Chunks final : Chunker {
    std::vector<Chunk> bad;
    std::shared_ptr<const Chunker> inner = make_text_chunker();
    [[nodiscard]] std::vector<Chunk> split(const Document& document,
                                           const Embedder& embedder_) const override {
      return document.title == "bad" ? bad : inner->split(document, embedder_);
    }
  };
  auto chunker = std::make_shared<Chunks>();
  const Chunk small{.content = "text", .embedded_text = "text", .token_count = 1};
  const auto [chunks, says] = GENERATE_COPY(table<std::vector<Chunk>, std::string>({
      {std::vector<Chunk>(max_document_chunks + 1, small), "50001 chunks"},
      {{small, {.content = "text", .embedded_text = "text", .token_count = 1'000'000}}, "1000000 tokens"},
  }));
  chunker->bad = chunks;
  pipeline.chunker = chunker;
  const BatchResult result = process_claimed();
  CHECK(result.done == 2);
  CHECK(result.retried + result.failed == 1);
  CHECK_THAT(last_error(2), ContainsSubstring("chunker") && ContainsSubstring(says));
}
