#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <future>
#include <thread>

#include "ragqueue/error.hpp"
#include "ragqueue/grants.hpp"
#include "ragqueue/vector_index.hpp"
#include "support/searchable.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using testing::Searchable;
using testing::uuid;

namespace {

struct FirstLoad : Searchable {
  FirstLoad() { store(1, 1, {"paper", "toner", "drum"}); }

  [[nodiscard]] VectorIndex state(std::int64_t from = 3) const { return vector_index(database.get(), from); }
  VectorIndex build(std::int64_t from = 3) const { return build_vector_index(database.conninfo(), from); }
  [[nodiscard]] std::string index_oid() const {
    return database.text("SELECT to_regclass('rag_chunks_embedding')::oid");
  }
};

/// A transaction that writes chunks and stays open: a build waits for it.
struct OpenWriter {
  explicit OpenWriter(const testing::Database& database) : session(database.connect()) {
    pg::execute_script(session.get(), "BEGIN; UPDATE rag_chunks SET token_count = token_count");
  }
  void commit() const { pg::execute_script(session.get(), "COMMIT"); }

  Connection session;
};

/// Until some build waits for others, or `work` is over.
template <class Result>
void wait_until_blocked(const testing::Database& database, const std::future<Result>& work) {
  while (
      work.wait_for(0s) != std::future_status::ready &&
      database.number("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' "
                      "AND wait_event_type = 'Lock'") == 0)
    std::this_thread::yield();
}

}  // namespace

TEST_CASE_METHOD(FirstLoad, "the vector index is built once there are enough chunks, and once only") {
  CHECK(index_oid() == "NULL");
  CHECK(state(4) == VectorIndex::unneeded);
  CHECK(build(4) == VectorIndex::unneeded);
  CHECK(index_oid() == "NULL");
  CHECK(state() == VectorIndex::due);
  CHECK(build() == VectorIndex::ready);
  CHECK(state() == VectorIndex::ready);
  CHECK_THAT(database.text("SELECT pg_get_indexdef('rag_chunks_embedding'::regclass)"),
             ContainsSubstring("USING hnsw (embedding") && ContainsSubstring("vector_cosine_ops"));
  const std::string oid = index_oid();
  CHECK(build() == VectorIndex::ready);
  CHECK(build(1'000'000) == VectorIndex::ready);
  CHECK(index_oid() == oid);
}

TEST_CASE_METHOD(FirstLoad, "an HNSW index that somebody else has made is enough") {
  database.run("CREATE INDEX mine ON rag_chunks USING hnsw (embedding vector_cosine_ops) WITH (m = 24)");
  CHECK(build() == VectorIndex::ready);
  CHECK(index_oid() == "NULL");
}

TEST_CASE_METHOD(FirstLoad, "without the index a search compares all, and with it walks the graph") {
  store(1, 2, std::vector<std::string>(1500, "paper"));
  const auto settings_after_search = [&] {
    database.run("BEGIN");
    CHECK(find(SearchMode::vector, "toner", 2).size() == 2);
    const std::string scan = database.text("current_setting('hnsw.iterative_scan', true)");
    database.run("COMMIT");
    return scan;
  };
  CHECK(settings_after_search() != "relaxed_order");
  CHECK(find(SearchMode::vector, "toner", 1).front().source_id == uuid(1));
  REQUIRE(build() == VectorIndex::ready);
  CHECK(settings_after_search() == "relaxed_order");
  database.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'rag_chunks_embedding'::regclass");
  CHECK(settings_after_search() != "relaxed_order");
}

TEST_CASE_METHOD(FirstLoad, "what a build that was broken off has left is replaced") {
  const OpenWriter writer(database);
  std::stop_source stop;
  auto building = std::async(std::launch::async,
                             [&] { return build_vector_index(database.conninfo(), 3, stop.get_token()); });
  wait_until_blocked(database, building);
  stop.request_stop();
  CHECK_THROWS_AS(building.get(), Error);
  writer.commit();
  const std::string left = index_oid();
  CHECK(left != "NULL");
  CHECK(state() == VectorIndex::due);
  CHECK(find(SearchMode::vector, "toner", 1).size() == 1);
  CHECK(build() == VectorIndex::ready);
  CHECK(index_oid() != left);
}

TEST_CASE_METHOD(FirstLoad, "one builds, and nobody waits for it: no other builder, reader or writer") {
  const OpenWriter writer(database);
  auto first = std::async(std::launch::async, [&] { return build(); });
  wait_until_blocked(database, first);
  database.run("SET lock_timeout = '1ms'");
  CHECK(build() == VectorIndex::building);
  CHECK(state() == VectorIndex::building);
  store(1, 2, {"belt"});
  CHECK(find(SearchMode::vector, "belt", 1).front().source_id == uuid(2));
  writer.commit();
  CHECK(first.get() == VectorIndex::ready);
  CHECK(find(SearchMode::vector, "belt", 1).front().source_id == uuid(2));
}

TEST_CASE_METHOD(FirstLoad, "who begins while another is about to build leaves it to that one") {
  const Connection other = database.connect();
  pg::execute_script(other.get(),
                     "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('ragqueue vector index of ' || "
                     "current_schema(), 0))");
  CHECK(state() == VectorIndex::due);
  CHECK(build() == VectorIndex::building);
  CHECK(index_oid() == "NULL");
  pg::execute_script(other.get(), "COMMIT");
  CHECK(build() == VectorIndex::ready);
}

TEST_CASE_METHOD(FirstLoad, "a build whose program has died is left to end") {
  const OpenWriter writer(database);
  auto orphan = std::async(std::launch::async, [&] {
    const Connection session(database.conninfo());
    pg::execute_script(session.get(),
                       "CREATE INDEX CONCURRENTLY rag_chunks_embedding ON rag_chunks USING hnsw (embedding "
                       "vector_cosine_ops)");
    return true;
  });
  wait_until_blocked(database, orphan);
  CHECK(build() == VectorIndex::building);
  writer.commit();
  REQUIRE(orphan.get());
  CHECK(build() == VectorIndex::ready);
}

TEST_CASE_METHOD(FirstLoad, "who does not own the tables is refused, and leaves nothing") {
  database.run(
      "DO $$ BEGIN CREATE ROLE index_worker LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  database.run(grants(database.get(), "index_worker", Duty::work));
  const std::string conninfo = database.conninfo() + " user=index_worker";
  CHECK(vector_index(Connection(conninfo).get(), 3) == VectorIndex::due);
  try {
    build_vector_index(conninfo, 3);
    FAIL("built");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::setup);
    CHECK_THAT(error.what(), ContainsSubstring("owner"));
  }
  CHECK(index_oid() == "NULL");
}
