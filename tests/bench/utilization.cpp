#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench.hpp"
#include "fake_process.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/worker.hpp"
#include "support/database.hpp"

namespace ragqueue::bench {

namespace {

/// A server, and what an operator who knows it sets.
struct Setting {
  std::string name;
  std::size_t slots = 1;
  double call_ms = 0;
  double text_ms = 0;
  std::size_t request_texts = 1;
  int concurrency = 1;
  int batch = 1;
};

/// Requests are as small as leaves the server the bottleneck, and not PostgreSQL on the cores that it shares
/// with all this: some 500 documents a second. Consumers are as many as have calls waiting while others
/// store.
std::vector<Setting> settings() {
  return {
      {.name = "20 ms a call, 8 slots",
       .slots = 8,
       .call_ms = 20,
       .request_texts = 1,
       .concurrency = 4,
       .batch = 50},
      {.name = "5 ms a text, 4 slots",
       .slots = 4,
       .text_ms = 5,
       .request_texts = 8,
       .concurrency = 4,
       .batch = 50},
      {.name = "20 ms a call, 1 slot",
       .slots = 1,
       .call_ms = 20,
       .request_texts = 8,
       .concurrency = 4,
       .batch = 50},
  };
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class Utilization final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--documents", documents_, "Of about three chunks each");
    options.add_option("--dimension", dimension_, "Of the vectors; small, so that PostgreSQL keeps up");
    options.add_option("--words", words_, "Of a document");
    options.add_option("--rounds", rounds_, "Of each setting");
  }

  Table run() override {
    Table table;
    for (int round = 0; round < rounds_; ++round) {
      for (const Setting& setting : settings()) table.push_back(measure(setting));
    }
    return table;
  }

 private:
  [[nodiscard]] Row measure(const Setting& setting) const {
    FakeProcess server({"--slots", std::to_string(setting.slots), "--call-ms",
                        fmt::format("{}", setting.call_ms), "--text-ms", fmt::format("{}", setting.text_ms),
                        "--dimension", std::to_string(dimension_)});
    const auto embedder = ollama_embedder({.url = server.url(),
                                           .model = "fake-embed",
                                           .dimension = dimension_,
                                           .max_request_texts = setting.request_texts});
    const testing::Database database(*embedder);
    fill(database);
    Worker worker({.sources = make_sql_source_fetcher(builtin_sources()),
                   .chunker = make_text_chunker(),
                   .embedder = embedder,
                   .store = make_postgres_index_store()},
                  {.conninfo = database.conninfo(),
                   .concurrency = setting.concurrency,
                   .batch = setting.batch,
                   .drain = true});
    const double cpu = cpu_seconds();
    worker.start();
    worker.wait();
    const double cpu_used = cpu_seconds() - cpu;
    if (worker.counters().done != documents_) throw std::runtime_error("not all documents are indexed");
    const FakeProcess::Statistics seen = server.finish();
    return {{"server", setting.name},
            {"concurrency", setting.concurrency},
            {"batch", setting.batch},
            {"texts a request", setting.request_texts},
            {"all slots busy %", seen.busy_percent},
            {"calls", seen.calls},
            {"texts", seen.texts},
            {"slots", setting.slots},
            {"most calls at once", seen.most_calls},
            {"documents/s", static_cast<double>(documents_) / seen.seconds},
            {"client CPU ms/document", cpu_used * 1000 / static_cast<double>(documents_)}};
  }

  void fill(const testing::Database& database) const {
    database.run(fmt::format(
        "CREATE TABLE kb_articles (id uuid PRIMARY KEY, organization_id uuid, title text, content text, "
        "visibility text);"
        "INSERT INTO kb_articles SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, "
        "'{0}', "
        "'Article ' || n, (SELECT string_agg('word' || (n * 31 + word * 7) % 5000, ' ') "
        "FROM generate_series(1, {2}) word), 'public' FROM generate_series(1, {1}) n;",
        testing::uuid(1).to_string(), documents_, words_));
    std::vector<Request> requests;
    for (unsigned number = 1; number <= documents_; ++number) {
      requests.push_back(testing::ticket(number));
      requests.back().source.source_type = "kb";
    }
    enqueue_index(database.get(), requests);
    database.run("VACUUM ANALYZE");
  }

  unsigned documents_ = 5'000;
  std::size_t dimension_ = 64;
  unsigned words_ = 40;
  int rounds_ = 1;
};

}  // namespace

std::unique_ptr<Bench> utilization() {
  return std::make_unique<Utilization>();
}

}  // namespace ragqueue::bench
