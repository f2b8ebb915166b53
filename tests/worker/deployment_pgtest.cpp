#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "helpdesk.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/schema.hpp"
#include "ragqueue/search.hpp"
#include "ragqueue/vector_index.hpp"
#include "support/deployment.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using testing::Database;
using testing::uuid;
using testing::WordEmbedder;
namespace application = testing::application;

namespace {

constexpr int dimension = WordEmbedder::dimensions;

class WideEmbedder : public WordEmbedder {
 public:
  [[nodiscard]] std::string_view name() const override { return "wide"; }
  [[nodiscard]] std::size_t dimension() const override { return 32; }
};

struct Deployment {
  Database database;

  Deployment() { database.run(testing::deployment_tables(dimension) + testing::deployment_rows(dimension)); }

  void adopt(const Log& log = {}) const { create_or_upgrade_schema(database.get(), WordEmbedder{}, log); }
  void drain() const {
    Worker worker({.sources = make_sql_source_fetcher(builtin_sources()),
                   .chunker = make_text_chunker(),
                   .embedder = std::make_shared<WordEmbedder>(),
                   .store = make_postgres_index_store()},
                  {.conninfo = database.conninfo(), .concurrency = 2, .drain = true, .retry = {.base = 1ms}});
    worker.start();
    worker.wait();
  }
  /// How many documents of organization 1 a search finds.
  [[nodiscard]] std::size_t found(const std::string& text) const {
    return search(database.get(),
                  {.organization_id = uuid(1), .text = text, .vector = embed_text(WordEmbedder{}, text)})
        .size();
  }
  [[nodiscard]] std::int64_t count(const std::string& from) const {
    return database.number("SELECT count(*) FROM " + from);
  }
  /// Tables, columns, indexes, constraints, triggers and policies, and a count of each table's rows.
  [[nodiscard]] std::string everything() const {
    return database.text(R"sql(SELECT string_agg(line, E'\n' ORDER BY line) FROM (
      SELECT format('%s %s %s', c.relname, c.relkind, c.relrowsecurity) FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace
      UNION ALL SELECT format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(f.adbin, f.adrelid))
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef AS f ON f.adrelid = c.oid AND f.adnum = a.attnum WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
      UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
      UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
      UNION ALL SELECT format('%s %s', relname, query_to_xml(format('SELECT count(*) FROM %I', relname), true, true, ''))
        FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r') AS all_of_it (line))sql");
  }
};

/// The lines that stand in one of them alone.
std::string difference(const std::string& one, const std::string& other) {
  std::set<std::string> lines;
  for (const std::string& text : {one, other}) {
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      if (!lines.insert(line).second) lines.erase(line);
    }
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

/// The application's statements, over and over, on a connection of its own.
class Reader {
 public:
  explicit Reader(const Deployment& deployment)
      : connection_(deployment.database.connect()),
        source_(
            Uuid::parse(deployment.database.text("SELECT id FROM tickets WHERE subject = 'Ticket 1 of 1'"))),
        thread_([this](const std::stop_token& stop) { read(stop); }) {}
  ~Reader() { thread_.request_stop(); }

  /// How often it read; empty answers and errors, in words.
  int rounds() {
    thread_.request_stop();
    thread_.join();
    INFO(fault_);
    CHECK(fault_.empty());
    return rounds_;
  }

 private:
  void read(const std::stop_token& stop) {
    try {
      while (!stop.stop_requested() && fault_.empty()) {
        ask(application::nearest, pg::Params().add(uuid(1)).add(vector_));
        ask("SELECT content FROM rag_chunks c JOIN rag_documents d ON c.document_id = d.id WHERE "
            "c.organization_id = $1 AND d.organization_id = $1 AND "
            "d.source_id = $2",
            pg::Params().add(uuid(1)).add(source_));
        ask(application::document, pg::Params().add(uuid(1)).add("ticket").add(source_));
        ask(application::edges, pg::Params().add(uuid(1)));
        ask(application::node, pg::Params().add(uuid(1)).add("ticket").add(source_));
        ++rounds_;
      }
    } catch (const std::exception& error) {
      fault_ = error.what();
    }
  }
  void ask(std::string_view statement, const pg::Params& params) {
    const auto begin = std::chrono::steady_clock::now();
    if (pg::execute(connection_.get(), statement, params).rows() == 0)
      fault_ = fmt::format("no rows: {}", statement);
    if (std::chrono::steady_clock::now() - begin > 2s) fault_ = fmt::format("waited: {}", statement);
  }

  Connection connection_;
  Uuid source_;
  std::string vector_ = "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]";
  std::string fault_;
  int rounds_ = 0;
  std::jthread thread_;
};

}  // namespace

TEST_CASE_METHOD(
    Deployment,
    "the whole deployment is adopted with its rows, and indexed anew while its application reads on",
    "[promise-14]") {
  const std::string requests =
      "(SELECT id, organization_id, source_type, source_id, lower(action) FROM rag_index_queue";
  database.run(
      "CREATE TABLE before AS SELECT * FROM rag_index_queue; CREATE TABLE edges_before AS SELECT * FROM "
      "rag_edges");
  Reader reader(*this);
  std::vector<std::string> said;
  adopt([&](const LogEntry& entry) { said.push_back(entry.message); });
  CHECK_FALSE(said.empty());
  CHECK(count("before AS b WHERE NOT EXISTS (SELECT FROM rag_index_queue AS q WHERE (q.id, "
              "q.organization_id, q.source_type, q.source_id, q.action) = "
              "(b.id, b.organization_id, b.source_type, b.source_id, b.action))") == 0);
  database.run(
      "INSERT INTO rag_index_queue (id, organization_id, source_type, source_id, action, priority, status, "
      "attempts, created_at, updated_at) "
      "SELECT gen_random_uuid(), organization_id, 'ticket', id, 'upsert', 5, 'pending', 0, now(), now() FROM "
      "tickets, generate_series(1, 2) "
      "WHERE subject = 'Ticket 1 of 1' ON CONFLICT DO NOTHING");
  drain();
  CHECK(reader.rounds() > 0);

  CHECK(count("rag_index_queue WHERE status NOT IN ('done', 'failed')") == 0);
  CHECK(count("rag_index_queue WHERE status = 'failed'") == count("before WHERE status = 'failed'"));
  CHECK(count("rag_documents") == 70);
  CHECK(count("(SELECT organization_id, 'ticket', id, subject FROM tickets UNION ALL SELECT organization_id, "
              "'kb', id, title FROM kb_articles UNION ALL "
              "SELECT organization_id, 'asset', id, name FROM assets EXCEPT SELECT organization_id, "
              "source_type, source_id, title FROM rag_documents) AS s") == 0);
  CHECK(count("rag_documents WHERE adopted OR title LIKE '%OLD%'") == 0);
  CHECK(count("rag_chunks WHERE adopted OR content LIKE '%OLD%' OR embedding IS NULL OR "
              "vector_norm(embedding) = 0") == 0);
  CHECK(database.number("SELECT min(n) FROM (SELECT count(c.*) AS n FROM rag_documents d LEFT JOIN "
                        "rag_chunks c ON c.document_id = d.id WHERE d.title LIKE "
                        "'Article 1 %' GROUP BY d.id) AS s") > 10);
  CHECK(count("rag_nodes n JOIN rag_documents d ON d.organization_id = n.organization_id AND d.source_type = "
              "n.node_type AND d.source_id = n.node_id "
              "WHERE n.label = d.title AND n.document_id = d.id") == 70);
  CHECK(count("rag_nodes WHERE node_type <> 'user' AND document_id IS NULL") == 0);
  CHECK(count("rag_nodes WHERE label = 'Ada' AND metadata_json IS NOT NULL") == 2);
  CHECK(count("(TABLE edges_before EXCEPT SELECT id, organization_id, from_node_id, to_node_id, edge_type, "
              "weight, metadata_json, created_at FROM rag_edges) AS s") == 0);
  CHECK(vector_index(database.get()) == VectorIndex::ready);
  CHECK(found("printer fire") == 10);
}

TEST_CASE_METHOD(Deployment,
                 "old vectors are compared with none of ours, and old chunks stay readable until then",
                 "[promise-14]") {
  adopt();
  CHECK(found("OLD text 1") == 0);
  CHECK(count("rag_chunks WHERE content LIKE 'OLD text%'") > 0);
  CHECK(count("rag_index_queue WHERE priority = 0 AND status = 'pending'") > 0);
  CHECK(count("(SELECT organization_id, source_type, source_id FROM rag_documents EXCEPT SELECT "
              "organization_id, source_type, source_id FROM "
              "rag_index_queue WHERE status = 'pending') AS missing") == 0);
}

TEST_CASE_METHOD(Deployment, "what is said before is what is done, and to say it changes nothing",
                 "[promise-14]") {
  const std::string before = everything();
  const std::vector<std::string> told = examine_schema(database.get(), WordEmbedder{});
  CHECK(everything() == before);
  std::vector<std::string> said;
  adopt([&](const LogEntry& entry) { said.push_back(entry.message); });
  CHECK(said == told);
  CHECK(examine_schema(database.get(), WordEmbedder{}).empty());
}

TEST_CASE_METHOD(Deployment,
                 "a second init changes nothing, also where the first was broken off behind the take-over",
                 "[promise-14]") {
  adopt();
  const std::string once = everything();
  SECTION("as it was left") {}
  SECTION("without the requests and an index") {
    database.run(
        "UPDATE rag_adopted SET complete = false; DELETE FROM rag_index_queue WHERE priority = 0; DROP INDEX "
        "rag_chunks_terms");
  }
  adopt();
  CHECK(everything() == once);
}

TEST_CASE_METHOD(Deployment, "an init that cannot adopt leaves the deployment as it was, and says why",
                 "[promise-14]") {
  std::string reason;
  SECTION("a column of another type") {
    database.run("ALTER TABLE rag_documents ALTER COLUMN created_at TYPE timestamp");
    reason = "rag_documents.created_at must be timestamp with time zone but is timestamp without time zone";
  }
  SECTION("a column that is missing") {
    database.run("ALTER TABLE rag_nodes DROP COLUMN node_type");
    reason = "rag_nodes.node_type must be text but is missing";
  }
  SECTION("a column of the owner's own with a name of ours") {
    database.run("ALTER TABLE rag_chunks ADD COLUMN hash text");
    reason = "Rename it first: ALTER TABLE rag_chunks RENAME hash TO";
  }
  SECTION("a column of the owner's own that we cannot fill") {
    database.run(
        "ALTER TABLE rag_chunks ADD COLUMN language text; UPDATE rag_chunks SET language = 'en'; ALTER TABLE "
        "rag_chunks ALTER language SET NOT NULL");
    reason = "rag_chunks.language takes no NULL and has no default";
  }
  SECTION("a table without a key") {
    database.run("ALTER TABLE rag_edges DROP CONSTRAINT rag_edges_pkey");
    reason = "rag_edges has no primary key";
  }
  SECTION("two documents for one source") {
    database.run(
        "DROP INDEX ix_rag_documents_source; INSERT INTO rag_documents SELECT gen_random_uuid(), "
        "organization_id, source_type, source_id FROM rag_documents LIMIT 1");
    reason = "the index rag_documents_source cannot be built";
  }
  SECTION("at the very end") {
    database.run("CREATE TABLE rag_workers (mine int)");
    reason = "rag_workers";
  }
  const std::string before = everything();
  CHECK_THROWS_MATCHES(adopt(), Error, MessageMatches(ContainsSubstring(reason)));
  CHECK(everything() == before);
}

TEST_CASE("what is adopted ends in the shape of what is created", "[promise-14]") {
  const Database created{WordEmbedder{}};
  const Deployment adopted;
  adopted.adopt();
  const auto shape = [](const Database& database) {
    return database.text(R"sql(SELECT string_agg(line, E'\n' ORDER BY line) FROM (
      SELECT format('%s.%s %s %s', c.relname, a.attname, CASE a.atttypid WHEN 'varchar'::regtype THEN 'text' ELSE format_type(a.atttypid, a.atttypmod) END,
                    pg_get_expr(f.adbin, f.adrelid))
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef AS f ON f.adrelid = c.oid AND f.adnum = a.attnum WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      UNION SELECT format('%s %s %s', i.indrelid::regclass, i.indisunique, pg_get_indexdef(i.indexrelid, 1, true) || coalesce(' ' || pg_get_indexdef(i.indexrelid, 2, true), '')
                          || coalesce(' ' || pg_get_indexdef(i.indexrelid, 3, true), ''))
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE c.relnamespace = current_schema()::regnamespace AND (i.indisunique OR c.relname LIKE 'rag\_%')
      UNION SELECT format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated) FROM pg_constraint
             WHERE connamespace = current_schema()::regnamespace AND contype IN ('f', 'c') AND NOT (contype = 'f' AND cardinality(conkey) = 1)
      UNION SELECT format('%s %s %s', polrelid::regclass, polname, pg_get_expr(polqual, polrelid)) FROM pg_policy
             WHERE polrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
      UNION SELECT format('%s %s', relname, relrowsecurity) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
      UNION SELECT format('%s %s', oid::regprocedure, proconfig IS NOT NULL) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace) AS all_of_it (line))sql");
  };
  adopted.database.run("DROP TABLE tickets, kb_articles, assets");
  CHECK(difference(shape(adopted.database), shape(created)) == "");
}

TEST_CASE_METHOD(Deployment,
                 "vectors of another dimension are given up, which is said, and the old texts stay",
                 "[promise-14]") {
  std::vector<std::string> said;
  create_or_upgrade_schema(database.get(), WideEmbedder{},
                           [&](const LogEntry& entry) { said.push_back(entry.message); });
  CHECK_THAT(fmt::format("{}", fmt::join(said, "\n")),
             ContainsSubstring("vectors have 16 dimensions and the embedder gives 32"));
  CHECK(database.text("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = "
                      "'rag_chunks'::regclass AND attname = 'embedding'") == "vector(32)");
  CHECK(count("rag_chunks WHERE content LIKE 'OLD text%'") > 0);
}

TEST_CASE_METHOD(Deployment,
                 "what the owner added stays: columns, indexes, triggers, foreign keys to and from, views",
                 "[promise-14]") {
  database.run(
      "ALTER TABLE rag_documents ADD COLUMN language text DEFAULT 'en', ADD COLUMN \"reviewed by\" text;"
      "CREATE INDEX mine ON rag_documents (language);"
      "CREATE TABLE note (document uuid REFERENCES rag_documents, node uuid REFERENCES rag_nodes ON DELETE "
      "SET NULL);"
      "INSERT INTO note SELECT id FROM rag_documents WHERE title = 'OLD title' LIMIT 1;"
      "CREATE VIEW titles AS SELECT id, title, visibility FROM rag_documents;"
      "CREATE TABLE audit (op text); CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
      "INSERT INTO audit VALUES (TG_OP); RETURN NULL; END$$;"
      "CREATE TRIGGER audit AFTER INSERT OR UPDATE ON rag_documents FOR EACH ROW EXECUTE FUNCTION audit()");
  adopt();
  drain();
  CHECK(count("rag_documents WHERE language = 'en'") == 70);
  CHECK(count("titles JOIN note ON note.document = titles.id") == 1);
  CHECK(count("audit") > 0);
  CHECK(count("pg_indexes WHERE indexname = 'mine'") == 1);
}

TEST_CASE_METHOD(Deployment,
                 "an uninstall leaves the deployment as its application knows it, with every row, and it can "
                 "be adopted again",
                 "[promise-14]") {
  const std::string requests = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM rag_index_queue";
  const auto objects = [this] {
    return database.text(R"sql(SELECT string_agg(line, E'\n' ORDER BY line) FROM (
      SELECT format('%s %s %s', relname, relkind, relrowsecurity) FROM pg_class WHERE relnamespace = current_schema()::regnamespace
      UNION ALL SELECT format('%s.%s', attrelid::regclass, attname) FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
                 WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
      UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
      UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
      UNION ALL SELECT polname FROM pg_policy JOIN pg_class ON polrelid = pg_class.oid WHERE relnamespace = current_schema()::regnamespace) AS all_of_it (line))sql");
  };
  const std::string before = objects();
  adopt();
  drain();
  const std::string kept = database.text(requests);
  uninstall_schema(database.get());
  CHECK(difference(objects(), before) == "");
  CHECK(database.text(requests) == kept);
  CHECK(pg::execute(database.get(), application::nearest,
                    pg::Params().add(uuid(1)).add("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"))
            .rows() == 5);
  adopt();
  CHECK_NOTHROW(require_schema(database.get(), WordEmbedder{}));
}

TEST_CASE("an uninstall of what init created leaves nothing, and none happens under a worker",
          "[promise-14]") {
  const Database database;
  database.run("CREATE TABLE mine (id int)");
  const std::string objects =
      "SELECT string_agg(name, ' ' ORDER BY name) FROM (SELECT relname FROM pg_class WHERE relnamespace = "
      "current_schema()::regnamespace "
      "UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace) AS o "
      "(name)";
  create_or_upgrade_schema(database.get(), WordEmbedder{});
  SECTION("as it is") {
    uninstall_schema(database.get());
    CHECK(database.text(objects) == "mine");
  }
  SECTION("with a worker") {
    const std::string before = database.text(objects);
    (void)register_worker(database.get(), "here", 1, 60s);
    CHECK_THROWS_MATCHES(uninstall_schema(database.get()), Error,
                         MessageMatches(ContainsSubstring("stop them first")));
    CHECK(database.text(objects) == before);
  }
}

TEST_CASE_METHOD(Deployment, "nobody waits long for an init, which waits itself and says for whom",
                 "[promise-14]") {
  const Connection blocker = database.connect();
  pg::execute_script(blocker.get(), "SET application_name = 'report'; BEGIN");
  pg::execute_script(blocker.get(), GENERATE("SELECT count(*) FROM rag_chunks",
                                             "INSERT INTO rag_nodes (id) VALUES (gen_random_uuid())",
                                             "SELECT FROM rag_documents LIMIT 1 FOR UPDATE",
                                             "LOCK TABLE rag_index_queue IN SHARE UPDATE EXCLUSIVE MODE"));
  const Connection application = database.connect();
  std::atomic<bool> told = false;
  std::jthread init([&] {
    create_or_upgrade_schema(database.connect().get(), WordEmbedder{}, [&](const LogEntry& entry) {
      if (entry.level == LogLevel::warning && entry.message.find("report") != std::string::npos) told = true;
    });
  });
  auto longest = 0ns;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!told && std::chrono::steady_clock::now() < deadline) {
    const auto begin = std::chrono::steady_clock::now();
    pg::execute_script(application.get(),
                       "INSERT INTO rag_index_queue (id, organization_id, source_type, source_id, action, "
                       "priority, status, attempts, created_at, updated_at) "
                       "VALUES (gen_random_uuid(), gen_random_uuid(), 'ticket', gen_random_uuid(), 'upsert', "
                       "5, 'pending', 0, now(), now())");
    longest = std::max(longest, std::chrono::steady_clock::now() - begin);
    std::this_thread::sleep_for(20ms);
  }
  CHECK(told);
  CHECK(longest < 2s);
  pg::execute_script(blocker.get(), "COMMIT");
  init.join();
  CHECK_NOTHROW(require_schema(database.get(), WordEmbedder{}));
}
