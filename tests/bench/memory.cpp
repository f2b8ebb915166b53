#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench.hpp"
#include "db/statement.hpp"
#include "ragqueue/schema.hpp"
#include "ragqueue/worker.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

namespace ragqueue::bench {

namespace {

/// A line of /proc/self/status in MiB; see proc(5).
double status_mib(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    double kib = 0;
    if (words >> key >> kib && key == name + ":") return kib / 1024;
  }
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

/// Sources that are all gone; it looks at the process's size as shares of all jobs come by.
class Watch final : public SourceFetcher {
 public:
  struct Sample {
    unsigned percent;
    std::size_t jobs;
    double resident_mib;
  };

  explicit Watch(std::size_t jobs) : jobs_(jobs) {}

  [[nodiscard]] std::vector<Document> fetch(pg_conn* /*connection*/, const Uuid& /*organization*/,
                                            std::string_view /*type*/,
                                            std::span<const Uuid> ids) const override {
    const std::scoped_lock lock(mutex_);
    seen_ += ids.size();
    while (samples_.size() < percents.size() && seen_ * 100 >= jobs_ * percents.at(samples_.size())) {
      samples_.push_back(
          {.percent = percents.at(samples_.size()), .jobs = seen_, .resident_mib = status_mib("VmRSS")});
    }
    return {};
  }

  /// Once all fetches have ended.
  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }

 private:
  static constexpr std::array<unsigned, 5> percents{1, 10, 25, 50, 100};

  std::size_t jobs_;
  mutable std::mutex mutex_;
  mutable std::size_t seen_ = 0;
  mutable std::vector<Sample> samples_;
};

class Memory final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--jobs", jobs_, "That the worker runs")->check(CLI::PositiveNumber);
    options.add_option("--concurrency", consumers_, "Of the worker")->check(CLI::PositiveNumber);
    options.add_option("--batch", batch_, "Jobs a claim")->check(CLI::PositiveNumber);
  }

  Table run() override {
    const auto embedder = std::make_shared<const testing::WordEmbedder>();
    const testing::Database database(*embedder);
    database.run(
        fmt::format("INSERT INTO rag_index_queue (organization_id, source_type, source_id, action) "
                    "SELECT '{}', 'ticket', gen_random_uuid(), 'upsert' FROM generate_series(1, {})",
                    testing::uuid(1).to_string(), jobs_));
    database.run("VACUUM ANALYZE");
    const auto watch = std::make_shared<const Watch>(jobs_);
    const double before = status_mib("VmRSS");
    Worker worker(
        {.sources = watch,
         .chunker = make_text_chunker(),
         .embedder = embedder,
         .store = make_postgres_index_store()},
        {.conninfo = database.conninfo(), .concurrency = consumers_, .batch = batch_, .drain = true});
    worker.start();
    worker.wait();
    if (worker.counters().done != jobs_) throw std::runtime_error("not all jobs are done");
    const auto at_tenth = std::ranges::find(watch->samples(), 10U, &Watch::Sample::percent)->resident_mib;
    Table table{row_of("before", 0, before, at_tenth)};
    for (const Watch::Sample& sample : watch->samples())
      table.push_back(
          row_of(fmt::format("{} %", sample.percent), sample.jobs, sample.resident_mib, at_tenth));
    table.push_back(row_of("peak", jobs_, status_mib("VmHWM"), at_tenth));
    return table;
  }

 private:
  static Row row_of(const std::string& what, std::size_t jobs, double resident, double at_tenth) {
    return {{"at", what}, {"jobs", jobs}, {"resident_mib", resident}, {"of_10_percent", resident / at_tenth}};
  }

  std::size_t jobs_ = 200'000;
  int consumers_ = 2, batch_ = 100;
};

}  // namespace

std::unique_ptr<Bench> memory() {
  return std::make_unique<Memory>();
}

}  // namespace ragqueue::bench
