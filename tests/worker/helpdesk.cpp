#include "helpdesk.hpp"

#include <fmt/format.h>

#include "ragqueue/enqueue.hpp"
#include "ragqueue/lease.hpp"
#include "ragqueue/schema.hpp"

namespace ragqueue::testing {

using namespace std::chrono_literals;

Helpdesk::Helpdesk(std::string conninfo) : database(std::move(conninfo)) {
  create_or_upgrade_schema(database.get(), *embedder);
  database.run(
      "CREATE TABLE tickets (id uuid PRIMARY KEY, organization_id uuid, subject text, description text, "
      "resolution text, status text)");
  pipeline = {.sources = make_sql_source_fetcher(builtin_sources()),
              .chunker = make_text_chunker(),
              .embedder = embedder,
              .store = make_postgres_index_store()};
}

void Helpdesk::write(unsigned number, const std::string& subject, const std::string& description,
                     const std::string& status) const {
  pg::Params params;
  params.add(uuid(number)).add(uuid(1)).add(subject).add(description).add(status);
  pg::execute(database.get(),
              "INSERT INTO tickets VALUES ($1, $2, $3, $4, NULL, $5) ON CONFLICT (id) DO UPDATE "
              "SET subject = $3, description = $4, status = $5",
              params);
  enqueue_index(database.get(), ticket(number));
}

void Helpdesk::erase(unsigned number) const {
  pg::execute(database.get(), "DELETE FROM tickets WHERE id = $1", pg::Params().add(uuid(number)));
  enqueue_index(database.get(), ticket(number, Action::remove));
}

WorkerOptions Helpdesk::options() const {
  return {.conninfo = database.conninfo(), .concurrency = 2, .drain = true, .retry = {.base = 1ms}};
}

WorkerCounters Helpdesk::drain(WorkerOptions options) const {
  Worker worker(pipeline, std::move(options));
  worker.start();
  worker.wait();
  return worker.counters();
}

std::vector<Job> Helpdesk::claim() const {
  return Queue(database.get()).claim(register_worker(database.get(), "test", 1, 60s), 1000);
}

BatchResult Helpdesk::process_claimed() const {
  return process(database.get(), pipeline, claim(), {});
}

std::string Helpdesk::statuses() const {
  return database.text("SELECT string_agg(status, ' ' ORDER BY seq) FROM rag_index_queue");
}

std::string Helpdesk::last_error(unsigned number) const {
  return database.text(
      fmt::format("SELECT last_error FROM rag_index_queue WHERE source_id = '{}'", uuid(number).to_string()));
}

std::string Helpdesk::index() const {
  return database.text(
      "SELECT string_agg(d.title || ':' || c.content, ', ' ORDER BY d.title, c.chunk_index) FROM "
      "rag_documents d "
      "LEFT JOIN rag_chunks c ON c.organization_id = d.organization_id AND c.document_id = d.id");
}

}  // namespace ragqueue::testing
