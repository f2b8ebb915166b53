#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "bench.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"
#include "ragqueue/worker.hpp"
#include "statistics.hpp"
#include "support/database.hpp"

namespace ragqueue::bench {

namespace {

using Clock = std::chrono::steady_clock;

struct Load {
  std::string name;
  unsigned documents = 0;
  unsigned words = 0;
};

/// Questions, one after the other, before a server that serves one call at a time, as another program would
/// ask them while a worker indexes.
class SearchBeside final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--call-ms", call_ms_, "That the server takes for a call");
    options.add_option("--text-ms", text_ms_, "That it takes for each text besides");
    options.add_option("--concurrency", concurrency_, "Consumers of the worker");
    options.add_option("--batch", batch_, "Jobs of a batch");
  }

  Table run() override {
    Table table;
    for (const Load& load :
         {Load{"none"}, Load{"500 short documents", 500, 20}, Load{"20 long documents", 20, 300}}) {
      table.push_back(measure(load));
    }
    return table;
  }

 private:
  [[nodiscard]] Row measure(const Load& load) const {
    const testing::FakeEmbeddingServer server({.dialect = testing::EmbeddingDialect::openai,
                                               .slots = 1,
                                               .call_time = std::chrono::milliseconds(call_ms_),
                                               .text_time = std::chrono::milliseconds(text_ms_),
                                               .record = false});
    const HttpEmbedderOptions http{.url = server.url(), .model = "fake-embed", .dimension = 64};
    const auto embedder = openai_embedder(http);
    const testing::Database database(*embedder);
    fill(database, load);
    Worker worker({.sources = make_sql_source_fetcher(builtin_sources()),
                   .chunker = make_text_chunker(),
                   .embedder = embedder,
                   .store = make_postgres_index_store()},
                  {.conninfo = database.conninfo(),
                   .concurrency = concurrency_,
                   .batch = batch_,
                   .drain = load.documents > 0});
    worker.start();
    const auto asker = openai_embedder(http);
    std::vector<double> seconds;
    const auto begin = Clock::now();
    const auto goes_on = [&] { return load.documents > 0 ? worker.running() : seconds.size() < 50; };
    while (goes_on()) {
      const auto asked = Clock::now();
      static_cast<void>(embed_text(*asker, "printer paper is stuck"));
      seconds.push_back(std::chrono::duration<double>(Clock::now() - asked).count());
    }
    const std::chrono::duration<double> took = Clock::now() - begin;
    worker.request_stop();
    worker.wait();
    const auto texts = static_cast<double>(server.statistics().embedded - seconds.size());
    return {{"indexed meanwhile", load.name},       {"questions", seconds.size()},
            {"median s", percentile(seconds, 0.5)}, {"p95 s", percentile(seconds, 0.95)},
            {"worst s", percentile(seconds, 1)},    {"texts indexed a s", texts / took.count()}};
  }

  static void fill(const testing::Database& database, const Load& load) {
    database.run(fmt::format(
        "CREATE TABLE kb_articles (id uuid PRIMARY KEY, organization_id uuid, title text, content text, "
        "visibility text);"
        "INSERT INTO kb_articles SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, "
        "'{0}', 'Article ' || n, (SELECT string_agg('word' || (n * 31 + word * 7) % 5000, ' ') "
        "FROM generate_series(1, {2}) word), 'public' FROM generate_series(1, {1}) n;",
        testing::uuid(1).to_string(), load.documents, load.words));
    std::vector<Request> requests;
    for (unsigned number = 1; number <= load.documents; ++number) {
      requests.push_back(testing::ticket(number));
      requests.back().source.source_type = "kb";
    }
    enqueue_index(database.get(), requests);
  }

  unsigned call_ms_ = 20;
  unsigned text_ms_ = 30;
  int concurrency_ = 4;
  int batch_ = 100;
};

}  // namespace

std::unique_ptr<Bench> search_beside() {
  return std::make_unique<SearchBeside>();
}

}  // namespace ragqueue::bench
