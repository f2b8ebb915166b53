#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "ragqueue/error.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/queue.hpp"
#include "ragqueue/schema.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using testing::Database;
using testing::WordEmbedder;

TEST_CASE("rows as object mappers write them are requests, in created and in adopted tables",
          "[promise-14]") {
  const Database database;
  if (GENERATE(false, true)) {
    database.run(
        "CREATE TABLE rag_index_queue (id uuid PRIMARY KEY, organization_id uuid NOT NULL, source_type "
        "varchar(50) NOT "
        "NULL, source_id uuid NOT NULL, action varchar(20) NOT NULL, priority int, status varchar(20), "
        "attempts int, "
        "last_error text, created_at timestamptz, updated_at timestamptz)");
  }
  create_or_upgrade_schema(database.get(), WordEmbedder{});
  const auto insert = [&](const std::string& columns, const std::string& values) {
    database.run(
        fmt::format("INSERT INTO rag_index_queue (organization_id, source_type, source_id, action{}) VALUES "
                    "(gen_random_uuid(), 'kb', gen_random_uuid(), 'upsert'{})",
                    columns, values));
  };
  int rows = 0;
  for (const char* column :
       {"id", "priority", "status", "attempts", "last_error", "created_at", "updated_at"}) {
    CAPTURE(column);
    insert(std::string(", ") + column, ", NULL");
    ++rows;
  }
  insert(", id, priority, status, attempts, last_error, created_at, updated_at",
         ", NULL, NULL, NULL, NULL, NULL, NULL, NULL");
  insert(", id, priority, status, attempts, last_error, created_at, updated_at",
         ", gen_random_uuid(), 200, 'pending', 0, NULL, now(), now()");
  insert(", priority", ", -7");
  insert("", "");
  rows += 4;
  CHECK(database.number(
            "SELECT count(*) FROM rag_index_queue WHERE id IS NOT NULL AND priority IS NOT NULL AND status = "
            "'pending' AND attempts = 0 AND created_at = updated_at AND run_at IS NULL AND seq > 0") == rows);
  const std::int64_t worker = register_worker(database.get(), "here", 1, 60s);
  CHECK(Queue(database.get()).claim(worker, 100).size() == static_cast<std::size_t>(rows));
  CHECK_THROWS_AS(insert(", status", ", 'queued'"), Error);
}
