#pragma once

#include <string>
#include <vector>

#include "ragqueue/table_source.hpp"
#include "ragqueue/watch.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

namespace ragqueue::testing {

/// A helpdesk with integers as keys, whose tickets depend on their comments; nothing is followed yet.
struct WatchedDesk {
  Database database{WordEmbedder{}};
  TableSource source{.type = "ticket",
                     .table = "tickets",
                     .key = "id",
                     .organization = "org",
                     .title = "subject",
                     .body = {"description", "resolution"},
                     .where = "status = 'resolved'",
                     .metadata = {"status"},
                     .watch = true,
                     .depends = {{.table = "comments", .key = "ticket_id", .columns = {"text"}}}};

  WatchedDesk() {
    database.run(R"sql(
      CREATE TABLE tickets (id bigint PRIMARY KEY, org integer NOT NULL, subject text, description text, resolution text,
                            status text NOT NULL DEFAULT 'resolved', views integer NOT NULL DEFAULT 0);
      CREATE TABLE comments (id integer GENERATED ALWAYS AS IDENTITY, ticket_id bigint REFERENCES tickets ON DELETE CASCADE,
                             text text, likes integer NOT NULL DEFAULT 0))sql");
  }

  void follow() const { watch(database.get(), {&source, 1}); }
  [[nodiscard]] std::vector<WatchDifference> differences() const {
    return watch_differences(database.get(), {&source, 1});
  }

  /// Runs the statement, and says what was asked for by it: `organization/key` in order.
  [[nodiscard]] std::string asked_by(const std::string& statement) const {
    database.run("DELETE FROM rag_index_queue");
    database.run(statement);
    return asked();
  }
  [[nodiscard]] std::string asked() const {
    return database.text(
        "SELECT coalesce(string_agg(format('%s/%s', coalesce(rag_bigint(organization_id)::text, "
        "organization_id::text), "
        "coalesce(rag_bigint(source_id)::text, (SELECT k.key FROM rag_source_keys k WHERE k.source_id = "
        "q.source_id LIMIT 1), source_id::text)), ' ' ORDER BY organization_id, source_id), '') FROM "
        "rag_index_queue AS q");
  }
};

}  // namespace ragqueue::testing
