#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "bench.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"
#include "ragqueue/worker.hpp"
#include "support/database.hpp"

namespace ragqueue::bench {

namespace {

using testing::EmbeddingCall;
using testing::FakeEmbeddingServer;
using testing::ServerFault;

/// How many texts the server fails at, and whose.
struct Setting {
  std::string name;
  unsigned bad = 0;
  unsigned good = 0;
  bool one_organization = true;  ///< Else the bad ones are another's, and come first.
};

std::vector<Setting> settings() {
  return {{.name = "0 bad of 500", .good = 500},
          {.name = "1 bad of 500", .bad = 1, .good = 499},
          {.name = "5 bad of 500", .bad = 5, .good = 495},
          {.name = "50 bad of 500", .bad = 50, .good = 450},
          {.name = "20 good", .good = 20},
          {.name = "20 good behind 200 bad of another organization",
           .bad = 200,
           .good = 20,
           .one_organization = false}};
}

class Poison final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--call-ms", call_ms_, "That the server takes for a call");
    options.add_option("--batch", batch_, "Jobs of a batch");
    options.add_option("--concurrency", concurrency_, "Consumers");
  }

  Table run() override {
    Table table;
    for (const Setting& setting : settings()) table.push_back(measure(setting));
    return table;
  }

 private:
  [[nodiscard]] Row measure(const Setting& setting) const {
    FakeEmbeddingServer server({.dialect = testing::EmbeddingDialect::openai,
                                .call_time = std::chrono::milliseconds(call_ms_),
                                .record = false});
    std::atomic<std::size_t> failed = 0;
    server.set_faults([&](const EmbeddingCall& call) -> std::optional<ServerFault> {
      const bool bad = std::ranges::any_of(
          call.texts, [](const std::string& text) { return text.find("poison") != text.npos; });
      if (!bad) return std::nullopt;
      ++failed;
      return ServerFault{.status = 500, .message = "do embedding request: EOF"};
    });
    const auto embedder = openai_embedder({.url = server.url(), .model = "fake-embed", .dimension = 64});
    const testing::Database database(*embedder);
    fill(database, setting);
    Worker worker({.sources = make_sql_source_fetcher(builtin_sources()),
                   .chunker = make_text_chunker(),
                   .embedder = embedder,
                   .store = make_postgres_index_store()},
                  {.conninfo = database.conninfo(), .concurrency = concurrency_, .batch = batch_});
    const auto begin = std::chrono::steady_clock::now();
    worker.start();
    const auto done = [&] { return database.number("SELECT count(*) FROM rag_index_queue_archive"); };
    while (done() < setting.good) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const auto calls = server.statistics().calls;
    worker.request_stop();
    worker.wait();
    return {{"texts", setting.name},
            {"good ones done after s", took.count()},
            {"calls until then", calls},
            {"of them failed", failed.load()}};
  }

  /// Bad ones are spread evenly among the good ones, or come before them.
  static void fill(const testing::Database& database, const Setting& setting) {
    database.run(
        "CREATE TABLE kb_articles (id uuid PRIMARY KEY, organization_id uuid, title text, content text, "
        "visibility text)");
    const unsigned all = setting.bad + setting.good;
    std::vector<Request> requests;
    for (unsigned number = 1; number <= all; ++number) {
      const bool bad = setting.one_organization ? setting.bad > 0 && number % (all / setting.bad) == 0
                                                : number <= setting.bad;
      const Uuid organization = testing::uuid(bad && !setting.one_organization ? 2 : 1);
      database.run(fmt::format("INSERT INTO kb_articles VALUES ('{}', '{}', 'Article', '{} {}', 'public')",
                               testing::uuid(number).to_string(), organization.to_string(),
                               bad ? "poison" : "page", number));
      requests.push_back(testing::ticket(number));
      requests.back().source.source_type = "kb";
      requests.back().source.organization_id = organization;
    }
    enqueue_index(database.get(), requests);
  }

  unsigned call_ms_ = 20;
  int batch_ = 10;
  int concurrency_ = 1;
};

}  // namespace

std::unique_ptr<Bench> poison() {
  return std::make_unique<Poison>();
}

}  // namespace ragqueue::bench
