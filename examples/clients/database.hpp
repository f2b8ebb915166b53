#pragma once

#include <memory>
#include <ragqueue/builtin_embedder.hpp>
#include <ragqueue/connection.hpp>
#include <ragqueue/enqueue_statement.hpp>
#include <ragqueue/queue.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/testing/postgres.hpp>
#include <string>

/// What these examples have in common: in your program, the application's database after `rag_worker init`.
class Database {
 public:
  Database() : connection_(postgres_.conninfo()) {
    ragqueue::create_or_upgrade_schema(connection_.get(), *ragqueue::builtin_embedder());
  }

  [[nodiscard]] std::string conninfo() const { return postgres_.conninfo(); }
  [[nodiscard]] long long pending() const { return ragqueue::Queue(connection_.get()).counts().pending; }

 private:
  ragqueue::testing::PrivatePostgres postgres_;
  ragqueue::Connection connection_;
};

/// As a request handler has them.
struct Ticket {
  std::string organization_id = "6f1c2a5e-0b7d-4d0e-9a53-1f0c8f5b7a10";
  std::string id = "0191d3a5-7c1e-7000-8000-00000000002a";
};

/// Throws ragqueue::InvalidInput for an id that is none.
inline ragqueue::Request request_of(const Ticket& ticket) {
  return {.source = {.organization_id = ragqueue::OrganizationId(ticket.organization_id),
                     .source_type = "ticket",
                     .source_id = ragqueue::SourceId(ticket.id)}};
}
