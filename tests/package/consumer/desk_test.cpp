// A consumer's own test, on the private PostgreSQL of ragqueue::testing.
#include <ragqueue/builtin_embedder.hpp>
#include <ragqueue/connection.hpp>
#include <ragqueue/enqueue.hpp>
#include <ragqueue/queue.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/testing/postgres.hpp>

int main() {
  const ragqueue::testing::PrivatePostgres postgres;
  const ragqueue::Connection db(postgres.conninfo());
  ragqueue::create_or_upgrade_schema(db.get(), *ragqueue::builtin_embedder());
  ragqueue::enqueue_index(db.get(), ragqueue::Request{.source = {{}, "ticket", {}}});
  return ragqueue::Queue(db.get()).counts().pending == 1 ? 0 : 1;
}
