#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <vector>

#include "helpdesk.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/schema.hpp"

using namespace ragqueue;
using testing::Helpdesk;
using testing::ticket;
using testing::WordEmbedder;
using Texts = std::vector<std::string>;

namespace {

/// Fills more than half of a chunk, so that each paragraph is one.
std::string paragraph(const std::string& word) {
  std::string text = "About " + word;
  while (text.size() < 170) text += " " + word;
  return text + ".";
}

std::string join(const Texts& paragraphs) {
  std::string text;
  for (const std::string& paragraph : paragraphs) text += paragraph + "\n\n";
  return text;
}

/// Reads what it may keep, and then another session takes it away.
class RobbedStore final : public IndexStore {
 public:
  explicit RobbedStore(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  [[nodiscard]] StoredChunks stored_chunks(pg_conn* connection,
                                           std::span<const SourceKey> sources) const override {
    StoredChunks chunks = inner_->stored_chunks(connection, sources);
    if (!std::exchange(robbed_, true))
      pg::execute_script(Connection(conninfo_).get(), "DELETE FROM rag_chunks WHERE chunk_index = 1");
    return chunks;
  }
  void apply(pg_conn* transaction, std::span<const IndexedDocument> upserts,
             std::span<const SourceKey> removals) const override {
    inner_->apply(transaction, upserts, removals);
  }

 private:
  std::string conninfo_;
  mutable bool robbed_ = false;  // one consumer only
  std::shared_ptr<const IndexStore> inner_ = make_postgres_index_store();
};

class OtherEmbedder final : public WordEmbedder {
 public:
  [[nodiscard]] std::string_view name() const override { return "other words"; }
};

/// A helpdesk that writes down what is embedded.
struct EmbedOnce : Helpdesk {
  mutable Texts embedded;

  EmbedOnce() {
    pipeline.chunker = make_text_chunker({.overlap_tokens = 0});
    record(*embedder);
  }
  void record(WordEmbedder& by) const {
    by.before_call = [this](auto texts) { embedded.insert(embedded.end(), texts.begin(), texts.end()); };
  }

  /// What is embedded for the ticket as it is now.
  Texts index_ticket(unsigned number, const std::string& subject, const Texts& paragraphs) const {
    embedded.clear();
    write(number, subject, join(paragraphs));
    const BatchResult result = process_claimed();
    CHECK(result.done == 1);
    CHECK(result.failed + result.retried == 0);
    return embedded;
  }

  /// Each row of the index by the place where this version of it lies.
  [[nodiscard]] std::string rows() const {
    std::string all;
    for (const char* table : {"rag_documents", "rag_chunks", "rag_nodes", "rag_edges"}) {
      all += database.text(
          fmt::format("SELECT coalesce(string_agg(concat_ws(' ', ctid, xmin, id), ', ' ORDER BY id), 'none') "
                      "FROM (SELECT ctid, xmin, to_jsonb(t) ->> 'id' AS id FROM {} AS t) AS version",
                      table));
    }
    return all;
  }

  /// Ids and vectors by content, wherever they stand.
  [[nodiscard]] std::string vectors() const {
    return database.text(
        "SELECT string_agg(concat_ws(' ', content, id, embedding), ', ' ORDER BY content) FROM rag_chunks");
  }
};

}  // namespace

TEST_CASE_METHOD(EmbedOnce, "an unchanged document costs no embedding call and no write to the index") {
  const Texts paragraphs = {paragraph("paper"), paragraph("toner"), paragraph("drum")};
  CHECK(index_ticket(1, "Printer", paragraphs).size() == 3);
  const std::string before = rows();
  CHECK(index_ticket(1, "Printer", paragraphs).empty());
  CHECK(rows() == before);
  CHECK(statuses() == "done done");
}

TEST_CASE_METHOD(EmbedOnce, "what is no chunk's text is written without an embedding call") {
  index_ticket(1, "Printer", {paragraph("paper"), paragraph("toner")});
  const std::string before = vectors();
  embedded.clear();
  write(1, "Printer", join({paragraph("paper"), paragraph("toner")}), "closed");
  CHECK(process_claimed().done == 1);
  CHECK(embedded.empty());
  CHECK(vectors() == before);
  CHECK(database.text("SELECT metadata_json ->> 'status' FROM rag_documents") == "closed");
}

TEST_CASE_METHOD(EmbedOnce, "of a changed document only the chunk that holds the change is embedded") {
  index_ticket(1, "Printer", {paragraph("paper"), paragraph("toner"), paragraph("drum")});
  CHECK(index_ticket(1, "Printer", {paragraph("paper"), paragraph("ink"), paragraph("drum")}) ==
        Texts{"Printer\n" + paragraph("ink")});
  CHECK(index() == fmt::format("Printer:{}, Printer:{}, Printer:{}", paragraph("paper"), paragraph("ink"),
                               paragraph("drum")));
}

TEST_CASE_METHOD(EmbedOnce, "a title leads each chunk: with another, all are embedded") {
  const Texts paragraphs = {paragraph("paper"), paragraph("toner")};
  index_ticket(1, "Printer", paragraphs);
  CHECK(index_ticket(1, "Copier", paragraphs).size() == 2);
}

TEST_CASE_METHOD(EmbedOnce, "chunks that move keep their rows and vectors") {
  const Texts paragraphs = {paragraph("paper"), paragraph("toner"), paragraph("drum")};
  index_ticket(1, "Printer", paragraphs);
  const std::string before = vectors();
  CHECK(index_ticket(1, "Printer", {paragraphs[2], paragraphs[0], paragraphs[1]}).empty());
  CHECK(vectors() == before);
  CHECK(index() ==
        fmt::format("Printer:{}, Printer:{}, Printer:{}", paragraphs[2], paragraphs[0], paragraphs[1]));

  const Texts longer = {paragraph("tray"), paragraphs[2], paragraphs[0], paragraphs[1]};
  CHECK(index_ticket(1, "Printer", longer) == Texts{"Printer\n" + longer[0]});
  CHECK(index_ticket(1, "Printer", paragraphs).empty());
  CHECK(vectors() == before);
}

TEST_CASE_METHOD(EmbedOnce, "the same chunk twice in a document is reused as often as it is stored") {
  index_ticket(1, "Printer", {paragraph("paper"), paragraph("toner")});
  // The stored row serves one of the two; the other is new.
  CHECK(index_ticket(1, "Printer", {paragraph("paper"), paragraph("toner"), paragraph("paper")}) ==
        Texts{"Printer\n" + paragraph("paper")});
  CHECK(index_ticket(1, "Printer", {paragraph("paper"), paragraph("paper"), paragraph("toner")}).empty());
  CHECK(database.number("SELECT count(*) FROM rag_chunks") == 3);
}

TEST_CASE_METHOD(EmbedOnce, "chunks that are the same within a batch are embedded once") {
  for (unsigned number = 1; number <= 5; ++number)
    write(number, "Printer", join({paragraph("paper"), paragraph("ink" + std::to_string(number % 2))}));
  CHECK(process_claimed().done == 5);
  CHECK(embedded.size() == 3);
  CHECK(database.number("SELECT count(*) FROM rag_chunks") == 10);
  CHECK(database.number("SELECT count(DISTINCT embedding::text) FROM rag_chunks") == 3);
}

TEST_CASE_METHOD(EmbedOnce, "where a kept chunk has vanished meanwhile, the job is tried again, and right") {
  index_ticket(1, "Printer", {paragraph("paper"), paragraph("toner"), paragraph("drum")});
  pipeline.store = std::make_shared<RobbedStore>(database.conninfo());
  embedded.clear();
  write(1, "Printer", join({paragraph("paper"), paragraph("toner"), paragraph("belt")}));
  WorkerOptions one_consumer = options();
  one_consumer.concurrency = 1;
  const WorkerCounters counters = drain(one_consumer);
  CHECK(counters.retried == 1);
  CHECK(counters.done == 1);
  CHECK_THAT(database.text("SELECT max(last_error) FROM rag_index_queue"),
             Catch::Matchers::ContainsSubstring("not stored any more"));
  CHECK(index() == fmt::format("Printer:{}, Printer:{}, Printer:{}", paragraph("paper"), paragraph("toner"),
                               paragraph("belt")));
  REQUIRE(embedded.size() == 3);
  CHECK(embedded[0] == "Printer\n" + paragraph("belt"));
  CHECK(embedded[1] == "Printer\n" + paragraph("toner"));
  CHECK(embedded[2] == "Printer\n" + paragraph("belt"));
}

TEST_CASE_METHOD(EmbedOnce, "with another embedder nothing is reused") {
  const Texts paragraphs = {paragraph("paper"), paragraph("toner")};
  index_ticket(1, "Printer", paragraphs);
  const std::string hashes = "SELECT string_agg(hash::text, ' ' ORDER BY content) FROM rag_chunks";
  const std::string before = database.text(hashes);
  const auto other = std::make_shared<OtherEmbedder>();
  record(*other);
  pipeline.embedder = other;
  SECTION("after a rebuild") {
    database.run("DELETE FROM rag_workers");
    rebuild_index(database.get(), *other);
  }
  SECTION("whatever is still stored") {
    database.run("UPDATE rag_embedder SET name = 'other words'");
    enqueue_index(database.get(), ticket(1));
  }
  embedded.clear();
  CHECK(process_claimed().done == 1);
  CHECK(embedded.size() == 2);
  CHECK(database.number("SELECT count(*) FROM rag_chunks") == 2);
  CHECK(database.text(hashes) != before);
}

TEST_CASE_METHOD(EmbedOnce,
                 "a chunk that the embedder finds too long is cut alone: the others stay as they are") {
  const auto refuse_dense = [](std::string_view text) -> std::optional<RejectedText> {
    if (text.find("toner") == text.npos || text.size() < 100) return std::nullopt;
    return RejectedText{.reason = "too long", .too_long = true};
  };
  embedder->refuse = refuse_dense;
  index_ticket(1, "Printer", {paragraph("paper"), paragraph("toner"), paragraph("belt")});
  CHECK(database.text("SELECT string_agg(content, '|' ORDER BY chunk_index) FROM rag_chunks WHERE content "
                      "NOT LIKE '%toner%'") == paragraph("paper") + "|" + paragraph("belt"));
  CHECK(database.number("SELECT count(*) FROM rag_chunks WHERE content LIKE '%toner%'") > 1);
  CHECK(std::ranges::count(embedded, "Printer\n" + paragraph("paper")) == 1);
  CHECK(std::ranges::count(embedded, "Printer\n" + paragraph("belt")) == 1);
}
