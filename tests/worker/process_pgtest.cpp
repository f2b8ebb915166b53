#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <limits>
#include <stop_token>

#include "helpdesk.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/process.hpp"
#include "ragqueue/search.hpp"
#include "ragqueue/vector_index.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
using testing::Helpdesk;
using testing::uuid;

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Refuses to store one title.
class PickyStore final : public IndexStore {
 public:
  void apply(pg_conn* transaction, std::span<const IndexedDocument> upserts,
             std::span<const SourceKey> removals) const override {
    for (const IndexedDocument& indexed : upserts) {
      if (indexed.document.title == "poison") throw Error(Fault::job, "cannot store poison");
    }
    inner_->apply(transaction, upserts, removals);
  }

 private:
  std::shared_ptr<const IndexStore> inner_ = make_postgres_index_store();
};

void write_ten(const Helpdesk& helpdesk, const std::string& seventh) {
  for (unsigned number = 1; number <= 10; ++number) {
    helpdesk.write(number, number == 7 ? seventh : "good", "text " + std::to_string(number));
  }
}

void require_only_the_seventh_failed(const Helpdesk& helpdesk, const std::string& status,
                                     const std::string& reason) {
  CHECK(helpdesk.database.number("SELECT count(*) FROM rag_index_queue WHERE status = 'done'") == 9);
  CHECK(helpdesk.database.number("SELECT count(*) FROM rag_documents") == 9);
  CHECK(helpdesk.database.text("SELECT status FROM rag_index_queue WHERE source_id = '" +
                               uuid(7).to_string() + "'") == status);
  CHECK_THAT(helpdesk.last_error(7), ContainsSubstring(reason));
}

}  // namespace

TEST_CASE_METHOD(Helpdesk, "a row enqueued is a row indexed and acknowledged") {
  write(1, "Printer", "Paper is stuck");
  const BatchResult result = process_claimed();
  CHECK(result.done == 1);
  CHECK(statuses() == "done");
  CHECK(index() == "Printer:Paper is stuck");
  CHECK(database.text("SELECT node_type || label FROM rag_nodes") == "ticketPrinter");
}

TEST_CASE_METHOD(Helpdesk, "a source that is gone, or whose removal is asked for, leaves the index",
                 "[promise-3]") {
  write(1, "Printer", "jam");
  write(2, "Mouse", "squeaks");
  write(3, "Screen", "dark");
  write(4, "Secret", "still there, but not to be found");
  process_claimed();
  erase(1);
  enqueue_index(database.get(), testing::ticket(4, Action::remove));
  database.run("DELETE FROM tickets WHERE subject = 'Mouse'");
  enqueue_index(database.get(), testing::ticket(2));
  CHECK(process_claimed().done == 3);
  CHECK(index() == "Screen:dark");
}

TEST_CASE_METHOD(Helpdesk,
                 "a text that the embedder refuses fails its own job, at once, with the embedder's words",
                 "[promise-10]") {
  embedder->refuse = [](std::string_view text) -> std::optional<RejectedText> {
    if (!contains(text, "poison")) return std::nullopt;
    return RejectedText{.reason = "I will not embed that"};
  };
  write_ten(*this, "poison");
  const BatchResult result = process_claimed();
  CHECK(result.done == 9);
  CHECK(result.failed == 1);
  require_only_the_seventh_failed(*this, "failed", "I will not embed that");
}

TEST_CASE_METHOD(Helpdesk,
                 "a text that the embedder finds too long is split smaller, and nothing of it is lost") {
  std::size_t refusals = 0;
  embedder->refuse = [&](std::string_view text) -> std::optional<RejectedText> {
    if (text.size() <= 100) return std::nullopt;
    ++refusals;
    return RejectedText{.reason = "the input length exceeds the context length", .too_long = true};
  };
  std::string body;
  for (int sentence = 0; sentence < 40; ++sentence) body += fmt::format("Sentence {} is here. ", sentence);
  write(1, "Printer", body);
  write(2, "Mouse", "squeaks");
  CHECK(process_claimed().done == 2);
  CHECK(refusals > 0);
  CHECK(database.number("SELECT max(length(content)) FROM rag_chunks") <= 100);
  CHECK(database.number("SELECT count(*) FROM rag_chunks WHERE content LIKE '%Sentence 39 is here.%'") >= 1);
}

TEST_CASE_METHOD(Helpdesk, "a text that stays too long however small it is cut fails its own job") {
  embedder->refuse = [](std::string_view text) -> std::optional<RejectedText> {
    if (!contains(text, "poison")) return std::nullopt;
    return RejectedText{.reason = "too long, I say", .too_long = true};
  };
  write_ten(*this, "poison");
  CHECK(process_claimed().failed == 1);
  require_only_the_seventh_failed(*this, "failed", "too long, I say");
}

TEST_CASE_METHOD(Helpdesk,
                 "a call that fails without naming the text is halved until the guilty one stands alone",
                 "[promise-9]") {
  embedder->before_call = [](auto texts) {
    for (const std::string_view text : texts) {
      if (contains(text, "poison")) throw Error(Fault::job, "something in there");
    }
  };
  write_ten(*this, "poison");
  CHECK(process_claimed().retried == 1);
  require_only_the_seventh_failed(*this, "pending", "something in there");
}

TEST_CASE_METHOD(Helpdesk, "vectors that cannot be believed are errors, never rows", "[promise-10]") {
  float invented = 0;
  std::string reason = "all zeros";
  SECTION("all zeros") {}
  SECTION("NaN") {
    invented = std::numeric_limits<float>::quiet_NaN();
    reason = "NaN";
  }
  SECTION("infinity") {
    invented = std::numeric_limits<float>::infinity();
    reason = "infinity";
  }
  embedder->after_text = [invented](std::string_view text, std::span<float> vector) {
    if (contains(text, "poison")) std::ranges::fill(vector, invented);
  };
  write_ten(*this, "poison");
  process_claimed();
  require_only_the_seventh_failed(*this, "pending", reason);
}

TEST_CASE_METHOD(Helpdesk, "a document that cannot be stored does not keep the rest from being stored",
                 "[promise-4][promise-9]") {
  pipeline.store = std::make_shared<PickyStore>();
  write_ten(*this, "poison");
  process_claimed();
  require_only_the_seventh_failed(*this, "pending", "cannot store poison");
}

TEST_CASE_METHOD(Helpdesk, "an outage gives all jobs back unspent", "[promise-8]") {
  embedder->before_call = [](auto) { throw Error(Fault::outage, "connection refused"); };
  write_ten(*this, "good");
  const BatchResult result = process_claimed();
  CHECK(result.released == 10);
  REQUIRE(result.interruption.has_value());
  CHECK(result.interruption->fault() == Fault::outage);
  CHECK(database.text("SELECT DISTINCT status || attempts FROM rag_index_queue") == "pending0");
  CHECK(index() == "NULL");
}

TEST_CASE_METHOD(Helpdesk, "a batch that is cancelled gives its jobs back unspent", "[promise-12]") {
  std::stop_source stop;
  int calls = 0;
  SECTION("before it begins") {
    stop.request_stop();
  }
  SECTION("between two calls of the embedder: there is no second") {
    embedder->before_call = [&](auto) {
      ++calls;
      stop.request_stop();
    };
  }
  constexpr unsigned two_calls = 16;
  for (unsigned number = 1; number <= two_calls; ++number)
    write(number, "t" + std::to_string(number), "text");
  const BatchResult result = process(database.get(), pipeline, claim(), {.stop = stop.get_token()});
  CHECK(result.released == two_calls);
  CHECK(calls <= 1);
  CHECK(database.text("SELECT DISTINCT status || attempts FROM rag_index_queue") == "pending0");
}

TEST_CASE_METHOD(Helpdesk,
                 "a worker that lost a claim writes nothing for it, and the rest of its batch stands",
                 "[promise-4]") {
  write(1, "Lost", "x");
  write(2, "Held", "y");
  const std::vector<Job> jobs = claim();
  REQUIRE(Queue(database.get()).release(std::span(jobs).first(1)) == 1);
  const BatchResult result = process(database.get(), pipeline, jobs, {});
  CHECK(result.lost == 1);
  CHECK(result.done == 1);
  CHECK(index() == "Held:y");
  CHECK(statuses() == "pending done");
}

TEST_CASE_METHOD(Helpdesk, "a store that swallows an error of the database cannot make the job done",
                 "[promise-4]") {
  class SwallowingStore final : public IndexStore {
   public:
    void apply(pg_conn* transaction, std::span<const IndexedDocument> /*upserts*/,
               std::span<const SourceKey> /*removals*/) const override {
      CHECK_THROWS(pg::execute(transaction, "SELECT 1/0"));
    }
  };
  pipeline.store = std::make_shared<SwallowingStore>();
  write(1, "Printer", "jam");
  CHECK(process_claimed().retried == 1);
  CHECK_THAT(last_error(1), ContainsSubstring("swallowed"));
}

TEST_CASE_METHOD(Helpdesk, "cancelling is heeded between the calls that look for a guilty text") {
  int calls = 0;
  std::stop_source stop;
  embedder->before_call = [&](auto) {
    ++calls;
    stop.request_stop();
    throw Error(Fault::job, "something in there");
  };
  write_ten(*this, "good");
  const BatchResult result = process(database.get(), pipeline, claim(), {.stop = stop.get_token()});
  CHECK(calls == 1);
  CHECK(result.released == 10);
}

TEST_CASE_METHOD(Helpdesk, "the same job given twice is done once") {
  write(1, "Printer", "jam");
  std::vector<Job> jobs = claim();
  jobs.push_back(jobs.front());
  const BatchResult result = process(database.get(), pipeline, jobs, {});
  CHECK(result.done == 1);
  CHECK(result.lost == 1);
}

TEST_CASE_METHOD(Helpdesk, "no transaction is open while the embedder works", "[promise-11]") {
  const Connection observer = database.connect();
  std::int64_t open = -1;
  embedder->before_call = [&](auto) {
    open = pg::execute(observer.get(),
                       "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ragqueue' AND pid <> "
                       "pg_backend_pid() "
                       "AND datname = current_database() AND state LIKE '%transaction%'")
               .get<std::int64_t>(0, 0);
  };
  write(1, "Printer", "jam");
  process_claimed();
  CHECK(open == 0);
}

TEST_CASE_METHOD(Helpdesk, "readers see the old document or the new one, never a part") {
  write(1, "Old", "old text");
  process_claimed();
  write(1, "New", "new text");
  const Connection reader = database.connect();
  std::string seen;
  embedder->before_call = [&](auto) {
    seen = pg::execute(
               reader.get(),
               "SELECT d.title || c.content FROM rag_documents d JOIN rag_chunks c ON c.document_id = d.id")
               .get<std::string>(0, 0);
  };
  process_claimed();
  CHECK(seen == "Oldold text");
  CHECK(index() == "New:new text");
}

TEST_CASE_METHOD(Helpdesk, "each failure is told to the log, with the job it belongs to") {
  embedder->before_call = [](auto) { throw Error(Fault::job, "no luck"); };
  write(1, "Printer", "jam");
  std::vector<LogEntry> entries;
  process(database.get(), pipeline, claim(),
          {.log = [&](const LogEntry& entry) { entries.push_back(entry); }});
  REQUIRE(entries.size() == 1);
  CHECK_THAT(entries[0].message, ContainsSubstring("no luck"));
  CHECK(entries[0].fields.at(3) == std::pair<std::string, std::string>{"source_id", uuid(1).to_string()});
}

TEST_CASE_METHOD(Helpdesk,
                 "a text that the embedder does not know has no vector, and is found by its words") {
  struct Selective : testing::WordEmbedder {
    [[nodiscard]] bool knows(std::string_view text) const override { return !contains(text, "xyzzy"); }
  };
  const auto selective = std::make_shared<Selective>();
  selective->before_call = [](std::span<const std::string_view> texts) {
    for (const std::string_view text : texts) CHECK_FALSE(contains(text, "xyzzy"));
  };
  pipeline.embedder = selective;
  write(1, "Spell", "xyzzy");
  write(2, "Printer", "Paper is stuck");
  CHECK(process_claimed().done == 2);
  CHECK(index() == "Printer:Paper is stuck, Spell:xyzzy");
  CHECK(count_chunks_without_vector(database.get()) == 1);
  const SearchQuery query{.organization_id = uuid(1), .text = "paper stuck"};
  const SearchReply near = search(database.get(), *selective, query, {});
  REQUIRE(near.hits.size() == 1);
  CHECK(near.hits[0].title == "Printer");
  const SearchReply by_words =
      search(database.get(), *selective, {.organization_id = uuid(1), .text = "xyzzy"}, {});
  REQUIRE(by_words.hits.size() == 1);
  CHECK(by_words.hits[0].title == "Spell");
  CHECK_THAT(by_words.words_alone, ContainsSubstring("does not know"));

  write(1, "Spell", "xyzzy");
  CHECK(process_claimed().done == 1);
  pipeline.embedder = embedder;
  write(1, "Spell", "xyzzy");
  CHECK(process_claimed().done == 1);
  CHECK(count_chunks_without_vector(database.get()) == 0);
}
