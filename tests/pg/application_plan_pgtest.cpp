// The statements of the application that ragqueue joins, and the foreign keys' own, are served by indexes.

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "ragqueue/schema.hpp"
#include "ragqueue/vector_index.hpp"
#include "support/database.hpp"
#include "support/deployment.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
using testing::Database;
using testing::uuid;
using testing::WordEmbedder;
namespace application = testing::application;

namespace {

/// Of 40 organizations 100 documents each, of two chunks, one node and two links, and as many requests.
constexpr std::string_view crowd = R"sql(
CREATE TEMP TABLE crowd AS
  SELECT ('00000000-0000-4000-8000-' || lpad((1 + n % 40)::text, 12, '0'))::uuid AS org,
         ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid AS source, gen_random_uuid() AS document, gen_random_uuid() AS node, n
    FROM generate_series(0, 3999) AS n;
INSERT INTO rag_documents (id, organization_id, source_type, source_id, title)
  SELECT document, org, 'ticket', source, 'T' || n FROM crowd;
INSERT INTO rag_chunks (id, organization_id, document_id, chunk_index, content, embedding, token_count {chunk_columns})
  SELECT gen_random_uuid(), org, document, c, 'words', (SELECT array_agg(hashint4(n * 32 + c * 16 + axis) / 2147483648.0) FROM generate_series(1, 16) AS axis)::vector,
         1 {chunk_values} FROM crowd, generate_series(0, 1) AS c;
INSERT INTO rag_nodes (id, organization_id, node_type, node_id, label {node_columns})
  SELECT node, org, 'ticket', source, 'T' || n {node_values} FROM crowd;
INSERT INTO rag_edges (id, organization_id, from_node_id, to_node_id, edge_type {edge_columns})
  SELECT gen_random_uuid(), a.org, a.node, b.node, 'near' {edge_values}
    FROM crowd AS a JOIN crowd AS b ON b.n IN ((a.n + 40) % 4000, (a.n + 80) % 4000);
INSERT INTO rag_index_queue (id, organization_id, source_type, source_id, action, priority, status, attempts, created_at, updated_at)
  SELECT gen_random_uuid(), org, 'ticket', source, 'upsert', 5, 'pending', 0, now(), now() FROM crowd;
)sql";

enum class Origin { created, adopted };
enum class Rows { now, later };

/// An index that init made, or took over, with many rows.
struct Crowded {
  Database database;
  Uuid source = Uuid::parse("00000000-0000-4000-9000-000000000040");  ///< One of organization 1.

  explicit Crowded(Origin origin, Rows rows = Rows::now) {
    if (origin == Origin::adopted) {
      database.run(testing::deployment_tables(WordEmbedder::dimensions));
      fill(Origin::adopted);
    }
    create_or_upgrade_schema(database.get(), WordEmbedder{});
    if (origin == Origin::created && rows == Rows::now) fill();
    build_vector_index(database.conninfo(), 0);
  }

  /// As our store writes, or the deployment before us.
  void fill(Origin origin = Origin::created) const {
    const bool ours = origin == Origin::created;
    const std::string column = ours ? ", document_id" : "", value = ours ? ", document" : "";
    database.run(fmt::format(fmt::runtime(crowd), fmt::arg("chunk_columns", ours ? ", terms" : ""),
                             fmt::arg("chunk_values", ours ? ", ''" : ""), fmt::arg("node_columns", column),
                             fmt::arg("node_values", value), fmt::arg("edge_columns", column),
                             fmt::arg("edge_values", ours ? ", a.document" : "")));
  }

  [[nodiscard]] std::string plan(std::string_view statement, const pg::Params& params) const {
    const pg::Result rows = pg::execute(database.get(), fmt::format("EXPLAIN {}", statement), params);
    std::string text;
    for (int row = 0; row < rows.rows(); ++row) text += rows.get<std::string>(row, 0) + '\n';
    return text;
  }
};

/// Begins a transaction whose counters are its own: those of earlier ones are handed over first.
void begin(pg_conn* connection) {
  pg::execute(connection, "SELECT pg_stat_force_next_flush()");
  pg::execute_script(connection, "BEGIN");
}

/// Tables that the open transaction has read from end to end, and those that it has read by an index.
std::string read_whole(pg_conn* transaction) {
  return pg::execute(transaction,
                     "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM "
                     "pg_stat_xact_user_tables WHERE schemaname = current_schema() AND seq_scan > 0")
      .get<std::string>(0, 0);
}
/// The most rows of a table of ours that the open transaction has read by its indexes.
std::int64_t most_rows_read(pg_conn* transaction) {
  return pg::execute(transaction,
                     "SELECT max(idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables WHERE schemaname = "
                     "current_schema()")
      .get<std::int64_t>(0, 0);
}

/// Removes a document and its node, and takes it back. It has two chunks, one node and four links, and its
/// organization a hundred times as many.
void remove_by_index(pg_conn* connection, const Uuid& source) {
  constexpr std::int64_t few = 30;
  begin(connection);
  pg::execute(
      connection,
      "DELETE FROM rag_documents WHERE organization_id = $1 AND source_type = 'ticket' AND source_id = $2",
      pg::Params().add(uuid(1)).add(source));
  CHECK(read_whole(connection) == "");
  pg::execute(connection,
              "DELETE FROM rag_nodes WHERE organization_id = $1 AND node_type = 'ticket' AND node_id = $2",
              pg::Params().add(uuid(1)).add(source));
  CHECK(read_whole(connection) == "");
  CHECK(most_rows_read(connection) <= few);
  pg::execute_script(connection, "ROLLBACK");
}

}  // namespace

TEST_CASE("each statement of the application uses an index, of a schema created and of one adopted",
          "[promise-14]") {
  const Crowded crowded(GENERATE(Origin::created, Origin::adopted));
  const pg::Params of_source = pg::Params().add(uuid(1)).add("ticket").add(crowded.source);
  for (const bool analyzed : {false, true}) {
    if (analyzed) crowded.database.run("ANALYZE");
    for (const auto& [statement, params] : {
             std::pair{application::nearest,
                       pg::Params().add(uuid(1)).add("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]")},
             std::pair{application::document, of_source},
             std::pair{application::edges, pg::Params().add(uuid(1))},
             std::pair{application::node, of_source},
         }) {
      const std::string plan = crowded.plan(statement, params);
      INFO("analyzed " << analyzed << '\n' << statement << '\n' << plan);
      CHECK_THAT(plan, ContainsSubstring("Index Scan"));
      CHECK_THAT(plan, !ContainsSubstring("Seq Scan"));
    }
  }
}

TEST_CASE("the application's enqueue reads no table, however full the queue", "[promise-14]") {
  const Crowded crowded(GENERATE(Origin::created, Origin::adopted));
  const pg::Params request = pg::Params().add(uuid(1)).add(crowded.source);
  CHECK_THAT(crowded.plan(application::enqueue, request), !ContainsSubstring("Scan"));
  const Connection enqueuer = crowded.database.connect();
  begin(enqueuer.get());
  for (int i = 0; i < 10; ++i) pg::execute(enqueuer.get(), application::enqueue, request);
  CHECK(read_whole(enqueuer.get()) == "");
}

TEST_CASE("what goes with a document is found by index", "[promise-14]") {
  const Crowded crowded(GENERATE(Origin::created, Origin::adopted));
  remove_by_index(crowded.database.connect().get(), crowded.source);
}

TEST_CASE("what goes with a document is found by index in a session that knew the tables empty",
          "[promise-14]") {
  const Crowded crowded(Origin::created, Rows::later);
  const Connection early = crowded.database.connect();
  for (int i = 0; i < 10; ++i) {
    crowded.database.run(
        "WITH d AS (INSERT INTO rag_documents (organization_id, source_type, source_id) SELECT org, "
        "'ticket', "
        "org FROM (VALUES ('00000000-0000-4000-8000-000000000001'::uuid)) AS o (org) RETURNING *) "
        "INSERT INTO rag_nodes (organization_id, node_type, node_id, document_id) SELECT organization_id, "
        "'ticket', source_id, id FROM d");
    pg::execute_script(early.get(), "DELETE FROM rag_documents; DELETE FROM rag_nodes");
  }
  crowded.fill();
  remove_by_index(early.get(), crowded.source);
}
