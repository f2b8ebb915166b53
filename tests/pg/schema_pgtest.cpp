#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <thread>
#include <vector>

#include "ragqueue/enqueue.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/grants.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "ragqueue/schema.hpp"
#include "ragqueue/vector_index.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using testing::Database;
using testing::WordEmbedder;

namespace {

class OtherEmbedder : public WordEmbedder {
 public:
  explicit OtherEmbedder(std::size_t dimension, std::string_view name = "other")
      : dimension_(dimension), name_(name) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::size_t dimension() const override { return dimension_; }

 private:
  std::size_t dimension_;
  std::string_view name_;
};

auto says(const std::string& part) {
  return MessageMatches(ContainsSubstring(part));
}

}  // namespace

TEST_CASE("a missing schema is refused with the command that mends it") {
  const Database database;
  CHECK_THROWS_MATCHES(require_schema(database.get(), WordEmbedder{}), Error, says("rag_worker init"));
}

TEST_CASE("creating the schema twice changes nothing") {
  const Database database{WordEmbedder{}};
  enqueue_index(database.get(), testing::ticket(1));
  create_or_upgrade_schema(database.get(), WordEmbedder{});
  CHECK_NOTHROW(require_schema(database.get(), WordEmbedder{}));
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 1);
  CHECK(database.number("SELECT max(version) FROM rag_schema") == schema_version());
}

TEST_CASE("a schema that is newer, or from before the first release, is refused with what to do") {
  const Database database{WordEmbedder{}};
  database.run("INSERT INTO rag_schema (version) VALUES (9)");
  CHECK_THROWS_MATCHES(require_schema(database.get(), WordEmbedder{}), Error,
                       says("use a newer rag_worker") && says("drop its tables"));
  CHECK_THROWS_MATCHES(create_or_upgrade_schema(database.get(), WordEmbedder{}), Error,
                       says("use a newer rag_worker"));
}

TEST_CASE("many programs may create the schema at the same time") {
  const Database database;
  std::vector<std::thread> programs;
  for (int program = 0; program < 4; ++program) {
    programs.emplace_back([&] {
      const Connection connection = database.connect();
      create_or_upgrade_schema(connection.get(), WordEmbedder{});
    });
  }
  for (std::thread& program : programs) program.join();
  CHECK(database.number("SELECT count(*) FROM rag_schema") == schema_version());
}

TEST_CASE("the vector column has the embedder's dimension, and no index before there are rows") {
  const Database database{WordEmbedder{}};
  CHECK(
      database.text(
          "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'rag_chunks'::regclass "
          "AND attname = 'embedding'") == "vector(16)");
  CHECK(database.number("SELECT count(*) FROM pg_index WHERE indrelid = 'rag_chunks'::regclass AND "
                        "pg_get_indexdef(indexrelid) LIKE '%hnsw%'") == 0);
}

TEST_CASE("an embedder of another name or dimension is refused") {
  const Database database{WordEmbedder{}};
  for (const OtherEmbedder& other : {OtherEmbedder(16), OtherEmbedder(32, "words")}) {
    CHECK_THROWS_MATCHES(
        require_schema(database.get(), other), Error,
        says("built with the embedder 'words' (16 dimensions)") && says("init --rebuild-index"));
    CHECK_THROWS_MATCHES(create_or_upgrade_schema(database.get(), other), Error, says("--rebuild-index"));
  }
}

TEST_CASE("an embedder beyond pgvector's HNSW limit is refused") {
  const Database database;
  CHECK_THROWS_MATCHES(create_or_upgrade_schema(database.get(), OtherEmbedder(2001)), Error,
                       says("1 to 2000"));
}

TEST_CASE("the index is rebuilt for another embedder by asking again for all that it held") {
  const Database database{WordEmbedder{}};
  database.run(
      "INSERT INTO rag_documents (organization_id, source_type, source_id, title) SELECT gen_random_uuid(), "
      "'kb', "
      "gen_random_uuid(), 'x' FROM generate_series(1, 3)");
  SECTION("while no worker runs") {
    REQUIRE(build_vector_index(database.conninfo(), 0) == VectorIndex::ready);
    rebuild_index(database.get(), OtherEmbedder(32));
    CHECK(vector_index(database.get()) == VectorIndex::unneeded);
    CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE status = 'pending'") == 3);
    CHECK(database.number("SELECT count(*) FROM rag_documents") == 0);
    CHECK_NOTHROW(require_schema(database.get(), OtherEmbedder(32)));
  }
  SECTION("not under a running worker") {
    (void)register_worker(database.get(), "here", 1, 60s);
    CHECK_THROWS_MATCHES(rebuild_index(database.get(), OtherEmbedder(32)), Error, says("stop them"));
    CHECK(database.number("SELECT count(*) FROM rag_documents") == 3);
  }
}

TEST_CASE("a rebuild leaves a worker that was away no way back into the index") {
  const Database database{WordEmbedder{}};
  enqueue_index(database.get(), testing::ticket(1));
  const std::int64_t worker = register_worker(database.get(), "here", 1, 6s);
  REQUIRE(Queue(database.get()).claim(worker, 1).size() == 1);
  database.run("UPDATE rag_workers SET heartbeat_at = now() - interval '7s'");
  rebuild_index(database.get(), OtherEmbedder(32));
  CHECK_FALSE(heartbeat(database.get(), worker, {}));
  CHECK(database.text("SELECT string_agg(status, ' ') FROM rag_index_queue") == "pending");
}

TEST_CASE("a rebuild does not bring back what was to be removed", "[promise-3]") {
  const Database database{WordEmbedder{}};
  database.run("INSERT INTO rag_documents (organization_id, source_type, source_id, title) VALUES ('" +
               testing::uuid(1).to_string() + "', 'ticket', '" + testing::uuid(2).to_string() + "', 'x')");
  enqueue_index(database.get(), testing::ticket(2, Action::remove));
  rebuild_index(database.get(), OtherEmbedder(32));
  CHECK(database.text("SELECT string_agg(action, ' ') FROM rag_index_queue") == "delete");
}

TEST_CASE("the caller's open transaction is not ours to end") {
  const Database database{WordEmbedder{}};
  database.run("BEGIN; CREATE TABLE mine ()");
  CHECK_THROWS_AS(create_or_upgrade_schema(database.get(), WordEmbedder{}), InvalidInput);
  CHECK_THROWS_AS(rebuild_index(database.get(), OtherEmbedder(32)), InvalidInput);
  CHECK(database.text("SELECT to_regclass('mine') IS NOT NULL") == "true");
  CHECK(pg::in_transaction(database.get()));
}

TEST_CASE("a database without pgvector is refused with the way to mend it") {
  // The extension is there on the server, but out of this connection's sight and not creatable twice.
  const Database database;
  const Connection narrow(database.conninfo());
  pg::execute_script(
      narrow.get(),
      "SELECT set_config('search_path', split_part(current_setting('search_path'), ',', 1), false)");
  CHECK_THROWS_MATCHES(create_or_upgrade_schema(narrow.get(), WordEmbedder{}), Error, says("search_path"));

  database.run("CREATE ROLE nobody_special");
  database.run("CREATE DATABASE plain");
  const Connection plain(testing::server().conninfo() + " dbname=plain");
  pg::execute_script(plain.get(),
                     "DROP EXTENSION IF EXISTS vector; GRANT CREATE ON SCHEMA public TO nobody_special; SET "
                     "ROLE nobody_special");
  CHECK_THROWS_MATCHES(create_or_upgrade_schema(plain.get(), WordEmbedder{}), Error,
                       says("pgvector cannot be used") && says("CREATE EXTENSION vector"));
}

TEST_CASE("whoever calls our functions, they find the schema that init found by its owner's name") {
  const Database database;
  database.run(
      "CREATE ROLE desk_owner LOGIN; CREATE SCHEMA desk_owner AUTHORIZATION desk_owner; CREATE ROLE "
      "desk_worker LOGIN");
  const Connection owner(testing::server().conninfo() + " user=desk_owner");
  create_or_upgrade_schema(owner.get(), WordEmbedder{});
  pg::execute_script(owner.get(), grants(owner.get(), "desk_worker", Duty::work));
  const Connection worker(testing::server().conninfo() +
                          " user=desk_worker options='-c search_path=desk_owner,public'");
  enqueue_index(worker.get(), testing::ticket(1));
  Queue queue(worker.get());
  const std::vector<Job> jobs = queue.claim(register_worker(worker.get(), "here", 1, 60s), 10);
  REQUIRE(jobs.size() == 1);
  CHECK_NOTHROW(queue.complete(jobs));
}

TEST_CASE("a search path that leads nowhere is refused") {
  const Database database;
  database.run("SET search_path = nowhere");
  CHECK_THROWS_MATCHES(require_schema(database.get(), WordEmbedder{}), Error, says("search_path"));
}

TEST_CASE("what an earlier version read is asked for again, once, behind fresh requests") {
  const Database database{WordEmbedder{}};
  CHECK_FALSE(is_text_outdated(database.get()));
  database.run(
      "INSERT INTO rag_documents (organization_id, source_type, source_id) "
      "SELECT gen_random_uuid(), 'kb', gen_random_uuid() FROM generate_series(1, 3)");
  database.run(
      "INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) "
      "SELECT organization_id, source_type, source_id, 'delete' FROM rag_documents LIMIT 1");
  database.run("UPDATE rag_embedder SET text_version = 0");
  CHECK(is_text_outdated(database.get()));
  std::vector<std::string> told;
  for (int repeated = 0; repeated < 2; ++repeated)
    create_or_upgrade_schema(database.get(), WordEmbedder{},
                             [&](const LogEntry& entry) { told.push_back(entry.message); });
  CHECK_FALSE(is_text_outdated(database.get()));
  REQUIRE(told.size() == 1);
  CHECK_THAT(told[0], ContainsSubstring("2 documents"));
  CHECK(database.text("SELECT string_agg(action || priority, ' ' ORDER BY priority) FROM rag_index_queue") ==
        "upsert0 upsert0 delete5");
}
