#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "helpdesk.hpp"
#include "ragqueue/enqueue.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
using testing::Helpdesk;
using testing::uuid;

namespace {

constexpr std::size_t fifty_megabytes = 50U * 1024 * 1024;

/// Takes long texts, so that a huge document is a few hundred chunks.
class PatientEmbedder final : public testing::WordEmbedder {
 public:
  [[nodiscard]] EmbedderLimits limits() const override { return {.max_tokens = 100'000, .max_texts = 8}; }
};

std::string words(std::size_t bytes) {
  std::string text;
  text.reserve(bytes + 16);
  while (text.size() < bytes) text += "paper tray jam.\n";
  text.resize(bytes);
  return text;
}

}  // namespace

TEST_CASE_METHOD(Helpdesk,
                 "an empty body is indexed by its title; no text at all is a document without chunks") {
  write(1, "Printer", "");
  write(2, "", "");
  CHECK(process_claimed().done == 2);
  CHECK(database.number("SELECT count(*) FROM rag_documents") == 2);
  CHECK(database.text("SELECT string_agg(content, ',') FROM rag_chunks") == "Printer");
}

TEST_CASE_METHOD(Helpdesk, "a body of 50 MB is refused with its size and the limit") {
  write(1, "Huge", words(fifty_megabytes));
  write(2, "Small", "text");
  const BatchResult result = process_claimed();
  CHECK(result.failed == 1);
  CHECK(result.done == 1);
  CHECK_THAT(last_error(1), ContainsSubstring("52428804 bytes") && ContainsSubstring("max_document_bytes"));
}

TEST_CASE_METHOD(Helpdesk, "a body of 50 MB is indexed to its last word where the limit allows it") {
  pipeline.embedder = std::make_shared<PatientEmbedder>();
  pipeline.chunker = make_text_chunker(
      {.max_tokens = 100'000, .overlap_tokens = 0, .max_document_bytes = 2 * fifty_megabytes});
  write(1, "Huge", words(fifty_megabytes) + " lastword");
  CHECK(process_claimed().done == 1);
  CHECK(database.number("SELECT sum(length(content)) FROM rag_chunks") >
        static_cast<std::int64_t>(fifty_megabytes * 99 / 100));
  CHECK(database.number("SELECT count(*) FROM rag_chunks WHERE content LIKE '%lastword'") == 1);
}

TEST_CASE(
    "bytes that are not UTF-8, as a SQL_ASCII database sends them, fail their own job and name the place") {
  const Connection admin(testing::server().conninfo());
  pg::execute_script(
      admin.get(),
      "CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  const Helpdesk helpdesk(testing::server().conninfo() + " dbname=ascii");
  helpdesk.write(1, "Printer", "good");
  helpdesk.write(2, "Mouse", "bad");
  helpdesk.database.run("UPDATE tickets SET description = E'paper \\xff\\xfe jam' WHERE subject = 'Mouse'");
  const BatchResult result = helpdesk.process_claimed();
  CHECK(result.done == 1);
  CHECK(result.failed == 1);
  CHECK_THAT(helpdesk.last_error(2),
             ContainsSubstring("body") && ContainsSubstring("UTF-8") && ContainsSubstring("6"));
}

TEST_CASE_METHOD(
    Helpdesk,
    "a source type unknown to the worker is tried again, for another worker may know it, and then fails") {
  Request request = testing::ticket(1);
  request.source.source_type = "invoice";
  enqueue_index(database.get(), request);
  const WorkerCounters counters = drain();
  CHECK(counters.retried == 2);
  CHECK(counters.failed == 1);
  CHECK_THAT(last_error(1), ContainsSubstring("'invoice'") && ContainsSubstring("ticket"));
}

TEST_CASE_METHOD(Helpdesk,
                 "a source query that fails, or returns the wrong columns, stops its type alone, unspent") {
  const auto [query, reason] = GENERATE(table<std::string, std::string>({
      {"SELECT id, no_such_column AS title, '' AS body FROM tickets WHERE id = ANY ($2)", "no_such_column"},
      {"SELECT id, subject AS title FROM tickets WHERE organization_id = $1 AND id = ANY ($2)",
       "\"body\" does not exist"},
      {"SELEC", "syntax error"},
  }));
  std::vector<SqlSource> sources = builtin_sources();
  sources.push_back({.type = "broken", .query = query});
  pipeline.sources = make_sql_source_fetcher(sources);
  write(1, "Printer", "jam");
  Request request = testing::ticket(2);
  request.source.source_type = "broken";
  enqueue_index(database.get(), request);
  const BatchResult result = process_claimed();
  CHECK(result.done == 1);
  CHECK(result.released == 1);
  REQUIRE(result.source_faults.size() == 1);
  CHECK_THAT(result.source_faults[0].error.what(),
             ContainsSubstring("'broken'") && ContainsSubstring(reason));
}
