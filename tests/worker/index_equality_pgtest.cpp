#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <map>
#include <random>

#include "ragqueue/enqueue.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/process.hpp"
#include "ragqueue/schema.hpp"
#include "ragqueue/worker.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Database;
using testing::uuid;

namespace {

SqlSource source_of(const std::string& type) {
  return {.type = type,
          .query = "SELECT id, title, body, visibility, metadata, links FROM pages WHERE type = '" + type +
                   "' AND organization_id = $1 AND id = ANY ($2)"};
}

/// Some pages, and the index that the pipeline made of them.
struct Wiki {
  Database database{testing::WordEmbedder{}};
  Pipeline pipeline{.sources = make_sql_source_fetcher({source_of("page"), source_of("note")}),
                    .chunker = make_text_chunker({.max_tokens = 24, .overlap_tokens = 4}),
                    .embedder = std::make_shared<testing::WordEmbedder>(),
                    .store = make_postgres_index_store()};

  Wiki() {
    database.run(
        "CREATE TABLE pages (organization_id uuid, type text, id uuid, title text, body text, visibility "
        "text, "
        "metadata jsonb, links jsonb, PRIMARY KEY (organization_id, type, id))");
  }

  /// With consumers that meet each other's nodes.
  void drain() const {
    Worker worker(pipeline, {.conninfo = database.conninfo(), .concurrency = 3, .batch = 3, .drain = true});
    worker.start();
    worker.wait();
  }
  void process_all() const {
    const std::int64_t worker = register_worker(database.get(), "test", 1, 60s);
    for (;;) {
      const std::vector<Job> jobs = Queue(database.get()).claim(worker, 16);
      if (jobs.empty()) break;
      REQUIRE(process(database.get(), pipeline, jobs, {}).done == jobs.size());
    }
    unregister_worker(database.get(), worker);
  }

  /// Whatever the index says of the pages, without the ids of its own, sorted.
  [[nodiscard]] std::vector<std::string> contents() const {
    const pg::Result rows = pg::execute(
        database.get(),
        "SELECT concat_ws(' ', 'document', organization_id, source_type, source_id, title, visibility, "
        "metadata_json, "
        "fingerprint) FROM rag_documents UNION ALL "
        "SELECT concat_ws(' ', 'chunk', d.organization_id, source_type, source_id, chunk_index, token_count, "
        "hash, embedding::text, content) FROM rag_chunks AS c JOIN rag_documents AS d ON d.organization_id = "
        "c.organization_id AND d.id = c.document_id UNION ALL "
        "SELECT concat_ws(' ', 'node', n.organization_id, node_type, node_id, n.label, d.source_type, "
        "d.source_id) FROM rag_nodes AS n LEFT JOIN rag_documents AS d ON d.organization_id = "
        "n.organization_id AND d.id = n.document_id UNION ALL "
        "SELECT concat_ws(' ', 'edge', e.organization_id, f.node_type, f.node_id, t.node_type, t.node_id, "
        "edge_type, weight, e.document_id = f.document_id) FROM rag_edges AS e JOIN rag_nodes AS f ON "
        "f.organization_id = e.organization_id AND f.id = from_node_id JOIN rag_nodes AS t ON "
        "t.organization_id "
        "= "
        "e.organization_id AND t.id = to_node_id");
    std::vector<std::string> lines;
    for (int row = 0; row < rows.rows(); ++row) lines.push_back(rows.get<std::string>(row, 0));
    std::ranges::sort(lines);  // the server's order may be another language's
    return lines;
  }
};

std::vector<std::string> contents_from_nothing(const Wiki& wiki) {
  const Wiki fresh;
  fresh.database.run("INSERT INTO pages SELECT * FROM " +
                     wiki.database.text("SELECT current_schema()::text") +
                     ".pages; SELECT rag_enqueue_index(organization_id, type, id) FROM pages");
  fresh.process_all();
  return fresh.contents();
}

std::vector<std::string> difference(const std::vector<std::string>& wanted,
                                    const std::vector<std::string>& found) {
  REQUIRE_FALSE(wanted.empty());
  std::vector<std::string> missing, left_over;
  std::ranges::set_difference(wanted, found, std::back_inserter(missing));
  std::ranges::set_difference(found, wanted, std::back_inserter(left_over));
  for (std::string& line : missing) line.insert(0, "missing: ");
  for (std::string& line : left_over) missing.push_back("left over: " + line);
  return missing;
}

struct Page {
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<std::string> links;
};

/// Edits pages at random: of three organizations that use the same ids, two types and twelve numbers.
class Editor {
 public:
  Editor(const Wiki& wiki, unsigned seed) : wiki_(wiki), random_(seed) {}

  void edit() {
    const SourceKey key{
        .organization_id = uuid(1 + pick(3)), .source_type = types[pick(2)], .source_id = uuid(1 + pick(12))};
    const auto found = pages_.find(key);
    if (found == pages_.end()) {
      write(key, pages_[key] = {.title = sentence(), .paragraphs = {paragraph()}, .links = {link()}});
    } else if (pick(6) == 0) {
      pages_.erase(found);
      remove(key);
    } else {
      change(found->second);
      write(key, found->second);
    }
  }

  unsigned pick(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }

 private:
  static constexpr std::array types{"page", "note"};

  /// Of few words, so that paragraphs and chunks often are the same.
  std::string sentence() {
    static constexpr std::array words{"printer", "paper", "jam", "disk", "network", "slow"};
    std::string text;
    for (unsigned word = 1 + pick(4); word > 0; --word) text += fmt::format("{} ", words[pick(words.size())]);
    return text + "x.";
  }
  std::string paragraph() {
    std::string text;
    for (unsigned sentences = 1 + pick(6); sentences > 0; --sentences) text += sentence() + " ";
    return text;
  }
  std::string link() {
    return fmt::format(R"({{"source_type": "{}", "source_id": "{}", "edge_type": "{}", "weight": {}}})",
                       types[pick(2)], uuid(1 + pick(14)).to_string(), pick(2) == 0 ? "seealso" : "next",
                       1 + pick(3));
  }
  template <class Value>
  std::size_t place(const std::vector<Value>& values) {
    return pick(static_cast<unsigned>(values.size()) + 1);
  }
  template <class Value>
  void insert(std::vector<Value>& values, Value value) {
    values.insert(values.begin() + static_cast<std::ptrdiff_t>(place(values)), std::move(value));
  }
  template <class Value>
  void take(std::vector<Value>& values) {
    const std::size_t at = place(values);
    if (at < values.size()) values.erase(values.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void change(Page& page) {
    switch (pick(8)) {
      case 0:
        return void(page.title = sentence());
      case 1:
        return insert(page.links, link());
      case 2:
        return take(page.links);
      case 3:
        return take(page.paragraphs);
      case 4:
        return std::ranges::shuffle(page.paragraphs, random_), void();
      case 5:
        return;  // enqueued without a change
      default:
        return insert(page.paragraphs, paragraph());
    }
  }

  void write(const SourceKey& key, const Page& page) const {
    pg::Params params;
    params.add(key.organization_id).add(key.source_type).add(key.source_id).add(page.title);
    params.add(fmt::format("{}", fmt::join(page.paragraphs, "\n\n")));
    params.add(page.links.size() % 2 == 0 ? "internal" : "public");
    params.add(fmt::format("{{\"links\": {}}}", page.links.size()));
    params.add(fmt::format("[{}]", fmt::join(page.links, ", ")));
    pg::execute(
        wiki_.database.get(),
        "INSERT INTO pages VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb) ON CONFLICT "
        "(organization_id, type, id) DO UPDATE SET title = $4, body = $5, visibility = $6, metadata = "
        "$7::text::jsonb, links = $8::text::jsonb",
        params);
    enqueue_index(wiki_.database.get(), Request{.source = key});
  }
  void remove(const SourceKey& key) {
    pg::execute(wiki_.database.get(),
                "DELETE FROM pages WHERE organization_id = $1 AND type = $2 AND id = $3",
                pg::Params().add(key.organization_id).add(key.source_type).add(key.source_id));
    // One that is gone is removed whatever was asked for.
    enqueue_index(wiki_.database.get(),
                  Request{.source = key, .action = pick(2) == 0 ? Action::upsert : Action::remove});
  }

  const Wiki& wiki_;
  std::mt19937 random_;
  std::map<SourceKey, Page> pages_;
};

unsigned chosen_seed() {
  const char* chosen = std::getenv("INDEX_SEED");
  return chosen == nullptr ? 1U : static_cast<unsigned>(std::stoul(chosen));
}

/// Every so many edits the index is brought up to date, every `compared` edits it is compared.
void edit_and_compare(int edits, int compared) {
  const unsigned seed = chosen_seed();
  const Wiki wiki;
  Editor editor(wiki, seed);
  for (int edit = 1; edit <= edits; ++edit) {
    INFO("INDEX_SEED=" << seed << ", edit " << edit);
    editor.edit();
    const bool compare = edit % compared == 0;
    if (editor.pick(8) == 0) wiki.process_all();
    if (editor.pick(40) == 0 || compare) wiki.drain();
    if (compare)
      CHECK(difference(contents_from_nothing(wiki), wiki.contents()) == std::vector<std::string>());
  }
}

}  // namespace

TEST_CASE("after random edits the index is the one that is built from nothing") {
  edit_and_compare(400, 100);
}

TEST_CASE("after 10,000 random edits the index is the one that is built from nothing", "[.long]") {
  edit_and_compare(10'000, 500);
}
