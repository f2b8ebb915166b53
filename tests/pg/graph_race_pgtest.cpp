#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <future>
#include <thread>

#include "ragqueue/index_store.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Database;
using testing::uuid;

namespace {

SourceKey page(unsigned number) {
  return {.organization_id = uuid(1), .source_type = "page", .source_id = uuid(number)};
}

/// Two stores, each in a transaction of its own, stepped by hand.
struct Stores {
  Database database{testing::WordEmbedder{}};
  Connection one = database.connect(), two = database.connect();

  static void apply(const Connection& session, unsigned number, const std::vector<unsigned>& targets) {
    IndexedDocument indexed{.document = {.source = page(number), .title = "Page"}};
    for (const unsigned target : targets)
      indexed.document.links.push_back({.source_type = "page", .source_id = uuid(target)});
    make_postgres_index_store()->apply(session.get(), std::span(&indexed, 1), {});
  }
  static void remove(const Connection& session, unsigned number) {
    const SourceKey key = page(number);
    make_postgres_index_store()->apply(session.get(), {}, std::span(&key, 1));
  }
  static void begin(const Connection& session) { pg::execute_script(session.get(), "BEGIN"); }
  static void commit(const Connection& session) { pg::execute_script(session.get(), "COMMIT"); }
  void store(unsigned number, const std::vector<unsigned>& targets) const {
    begin(one);
    apply(one, number, targets);
    commit(one);
  }
  /// Until `sessions` of them wait for a lock, or `work` did not have to.
  void wait_for_waiters(int sessions, const std::future<void>& work) const {
    while (work.wait_for(0s) != std::future_status::ready &&
           database.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") < sessions)
      std::this_thread::yield();
  }
  /// Nodes by number, `?` where no document stands behind it, and edges.
  [[nodiscard]] std::string graph() const {
    return database.text(
        "SELECT concat_ws(', ', (SELECT string_agg(right(node_id::text, 1) || CASE WHEN document_id IS NULL "
        "THEN '?' ELSE '' END, ' ' ORDER BY node_id) FROM rag_nodes), (SELECT "
        "string_agg(right(f.node_id::text, "
        "1) || '>' || right(t.node_id::text, 1), ' ' ORDER BY f.node_id, t.node_id) FROM rag_edges AS e JOIN "
        "rag_nodes AS f ON f.id = e.from_node_id JOIN rag_nodes AS t ON t.id = e.to_node_id))");
  }
};

}  // namespace

TEST_CASE_METHOD(Stores, "two stores that take the last two edges to a node take the node too",
                 "[graph][promise-3]") {
  const bool removed = GENERATE(false, true);
  CAPTURE(removed);
  store(1, {9});
  store(2, {9});
  begin(one);
  begin(two);
  apply(one, 1, {});
  auto second = std::async(std::launch::async, [&] { removed ? remove(two, 2) : apply(two, 2, {}); });
  wait_for_waiters(1, second);
  commit(one);
  REQUIRE_NOTHROW(second.get());
  commit(two);
  CHECK(graph() == (removed ? "1" : "1 2"));
}

TEST_CASE_METHOD(Stores, "the removal of a target and of the last link to it leave nothing", "[graph]") {
  const bool target_first = GENERATE(false, true);
  CAPTURE(target_first);
  store(1, {9});
  store(9, {});
  begin(one);
  begin(two);
  target_first ? remove(one, 9) : apply(one, 1, {});
  auto second = std::async(std::launch::async, [&] { target_first ? apply(two, 1, {}) : remove(two, 9); });
  wait_for_waiters(1, second);
  commit(one);
  REQUIRE_NOTHROW(second.get());
  commit(two);
  CHECK(graph() == "1");
}

TEST_CASE_METHOD(Stores, "a node that one store removes while another links to it stands in the end",
                 "[graph]") {
  store(1, {9});
  store(2, {});
  begin(one);
  begin(two);
  const bool link_first = GENERATE(false, true);
  CAPTURE(link_first);
  link_first ? apply(one, 2, {9}) : apply(one, 1, {});
  auto second = std::async(std::launch::async, [&] { link_first ? apply(two, 1, {}) : apply(two, 2, {9}); });
  wait_for_waiters(1, second);
  SECTION("the first commits") {
    commit(one);
    REQUIRE_NOTHROW(second.get());
    commit(two);
    CHECK(graph() == "1 2 9?, 2>9");
  }
  SECTION("the first rolls back") {
    pg::execute_script(one.get(), "ROLLBACK");
    REQUIRE_NOTHROW(second.get());
    commit(two);
    CHECK(graph() == (link_first ? "1 2" : "1 2 9?, 1>9 2>9"));
  }
}

TEST_CASE_METHOD(Stores, "two stores that swap their targets do not wait for each other in a ring",
                 "[graph]") {
  store(1, {9});
  store(2, {8});
  // A gate between the nodes that a store adds and those that it removes.
  database.run(
      "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
      "pg_advisory_xact_lock_shared(7); RETURN new; END $$;"
      "CREATE TRIGGER gate BEFORE INSERT ON rag_edges FOR EACH ROW EXECUTE FUNCTION gate();"
      "SELECT pg_advisory_lock(7)");
  begin(one);
  begin(two);
  auto first = std::async(std::launch::async, [&] { apply(one, 1, {8}), commit(one); });
  wait_for_waiters(1, first);
  auto second = std::async(std::launch::async, [&] { apply(two, 2, {9}), commit(two); });
  wait_for_waiters(2, second);
  database.run("SELECT pg_advisory_unlock(7)");
  CHECK_NOTHROW(first.get());
  CHECK_NOTHROW(second.get());
  CHECK(graph() == "1 2 8? 9?, 1>8 2>9");
}
