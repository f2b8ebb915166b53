// The two call sites of a helpdesk's API server, each behind a switch of the deployment:
// RAG_INDEX_ON_TICKET_CREATE (off unless set) and RAG_INDEX_ON_TICKET_RESOLVE (on unless set).
// A resolved ticket holds the answer, so it is what a search should find; a new one holds only the question.
#include <libpq-fe.h>

#include <cstdlib>
#include <initializer_list>
#include <iostream>
#include <memory>
#include <ragqueue/builtin_embedder.hpp>
#include <ragqueue/connection.hpp>
#include <ragqueue/enqueue.hpp>
#include <ragqueue/queue.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/testing/postgres.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

bool enabled(const char* variable, bool otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : std::string(value) == "true";
}

void execute(PGconn* db, const char* sql, std::initializer_list<std::string> parameters = {}) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) {
    values.push_back(parameter.c_str());
  }
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexecParams(db, sql, static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0),
      PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
    throw std::runtime_error(PQerrorMessage(db));
  }
}

class Helpdesk {
 public:
  Helpdesk(PGconn* db, std::string organization) : db_(db), organization_(std::move(organization)) {}

  void create_ticket(const std::string& id, const std::string& subject) {
    in_transaction([&] {
      execute(db_, "INSERT INTO tickets (id, organization_id, subject) VALUES ($1, $2, $3)",
              {id, organization_, subject});
      if (index_on_create_) ragqueue::enqueue_index(db_, organization_, "ticket", id);
    });
  }

  void resolve_ticket(const std::string& id, const std::string& resolution) {
    in_transaction([&] {
      execute(db_, "UPDATE tickets SET resolution = $2, status = 'resolved' WHERE id = $1", {id, resolution});
      if (index_on_resolve_) ragqueue::enqueue_index(db_, organization_, "ticket", id);
    });
  }

 private:
  /// Row and request, or neither.
  template <class Body>
  void in_transaction(const Body& body) {
    execute(db_, "BEGIN");
    try {
      body();
      execute(db_, "COMMIT");
    } catch (...) {
      PQclear(PQexec(db_, "ROLLBACK"));
      throw;
    }
  }

  PGconn* db_;
  std::string organization_;
  bool index_on_create_ = enabled("RAG_INDEX_ON_TICKET_CREATE", false);
  bool index_on_resolve_ = enabled("RAG_INDEX_ON_TICKET_RESOLVE", true);
};

}  // namespace

int main() {
  const ragqueue::testing::PrivatePostgres postgres;  // in your program: the application's database
  const ragqueue::Connection db(postgres.conninfo());
  ragqueue::create_or_upgrade_schema(db.get(), *ragqueue::builtin_embedder());
  execute(db.get(),
          "CREATE TABLE tickets (id uuid PRIMARY KEY, organization_id uuid NOT NULL, subject text NOT NULL,"
          " resolution text, status text NOT NULL DEFAULT 'open')");

  Helpdesk helpdesk(db.get(), "6f1c2a5e-0b7d-4d0e-9a53-1f0c8f5b7a10");
  const std::string ticket = "0191d3a5-7c1e-7000-8000-00000000002a";
  helpdesk.create_ticket(ticket, "The printer on floor 2 prints stripes");
  std::cout << "created: " << ragqueue::Queue(db.get()).counts().pending << " pending\n";
  helpdesk.resolve_ticket(ticket, "Replaced the drum");
  std::cout << "resolved: " << ragqueue::Queue(db.get()).counts().pending << " pending\n";
}

// Output:
// created: 0 pending
// resolved: 1 pending

// Output with RAG_INDEX_ON_TICKET_CREATE=true RAG_INDEX_ON_TICKET_RESOLVE=false:
// created: 1 pending
// resolved: 1 pending
