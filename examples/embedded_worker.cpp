// A server process that indexes in the background, with two consumers of a worker of its own.
#include <libpq-fe.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <ragqueue/builtin_embedder.hpp>
#include <ragqueue/connection.hpp>
#include <ragqueue/enqueue.hpp>
#include <ragqueue/queue.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/search.hpp>
#include <ragqueue/testing/postgres.hpp>
#include <ragqueue/worker.hpp>
#include <thread>
#include <vector>

namespace {

constexpr auto articles = R"(
  CREATE TABLE kb_articles (id uuid PRIMARY KEY, organization_id uuid, title text, content text, visibility text);
  INSERT INTO kb_articles SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid,
      '6f1c2a5e-0b7d-4d0e-9a53-1f0c8f5b7a10', title, content, 'public'
    FROM (VALUES (1, 'Clearing a paper jam', 'Open the tray, pull out the sheet slowly, close the tray.'),
                 (2, 'Choosing a password', 'Take four random words. Never use one twice.'),
                 (3, 'Joining a video call', 'Click the link in the invitation and allow the camera.')) a (n, title, content))";

ragqueue::Pipeline pipeline(std::shared_ptr<const ragqueue::Embedder> embedder) {
  return {.sources = ragqueue::make_sql_source_fetcher(ragqueue::builtin_sources()),
          .chunker = ragqueue::make_text_chunker(),
          .embedder = std::move(embedder),
          .store = ragqueue::make_postgres_index_store()};
}

void wait_until_indexed(pg_conn* db) {
  while (!ragqueue::Queue(db).finished()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

}  // namespace

int main() {
  const ragqueue::testing::PrivatePostgres postgres;  // in your program: the application's database
  const ragqueue::Connection db(postgres.conninfo());
  const auto embedder = ragqueue::builtin_embedder();
  ragqueue::create_or_upgrade_schema(db.get(), *embedder);
  PQclear(PQexec(db.get(), articles));

  ragqueue::Worker worker(pipeline(embedder), {.conninfo = postgres.conninfo(), .concurrency = 2});
  worker.start();

  const auto acme = ragqueue::Uuid::parse("6f1c2a5e-0b7d-4d0e-9a53-1f0c8f5b7a10");
  for (const char last_digit : {'1', '2', '3'}) {
    const std::string id = std::string("00000000-0000-4000-8000-00000000000") + last_digit;
    ragqueue::enqueue_index(db.get(), acme.to_string(), "kb", id, "upsert");
  }
  wait_until_indexed(db.get());

  const std::string words = "printer paper is stuck";
  for (const auto& hit : ragqueue::search(db.get(), {.organization_id = acme,
                                                    .text = words,
                                                    .vector = ragqueue::embed_text(*embedder, words),
                                                    .limit = 1})) {
    std::cout << hit.title << ": " << hit.passage << '\n';
  }

  worker.stop();  // what is in flight is finished first
  std::cout << worker.counters().done << " done\n";
}

// Output:
// Clearing a paper jam: Open the tray, pull out the sheet slowly, close the tray.
// 3 done
