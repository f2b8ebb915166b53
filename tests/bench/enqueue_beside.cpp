#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench.hpp"
#include "db/statement.hpp"
#include "durable_server.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/enqueue.hpp"
#include "ragqueue/schema.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"
#include "times.hpp"

namespace ragqueue::bench {

namespace {

using Clock = std::chrono::steady_clock;

class EnqueueBeside final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--seconds", seconds_, "That the other transaction stays open")
        ->check(CLI::PositiveNumber);
  }

  Table run() override {
    DurableServer server;
    const std::string conninfo = server.postgres.new_schema();
    const Connection ours(conninfo), other(conninfo);
    create_or_upgrade_schema(ours.get(), testing::WordEmbedder());
    (void)enqueue_for(ours.get(), std::chrono::seconds(1));  // until caches and plans are warm
    const std::vector<double> alone = enqueue_for(ours.get(), std::chrono::seconds(seconds_));
    pg::execute_script(other.get(), "BEGIN");
    enqueue_index(other.get(), testing::ticket(1));
    const std::vector<double> beside = enqueue_for(ours.get(), std::chrono::seconds(seconds_));
    pg::execute_script(other.get(), "COMMIT");
    return {row_of_times("alone", "ms", alone),
            row_of_times("beside " + std::to_string(seconds_) + " s of an open transaction", "ms", beside)};
  }

 private:
  /// The time of each commit, in ms, of the same source again and again.
  static std::vector<double> enqueue_for(pg_conn* connection, std::chrono::seconds time) {
    std::vector<double> times;
    for (const auto end = Clock::now() + time; Clock::now() < end;) {
      const auto begin = Clock::now();
      enqueue_index(connection, testing::ticket(1));
      times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    return times;
  }

  int seconds_ = 30;
};

}  // namespace

std::unique_ptr<Bench> enqueue_beside() {
  return std::make_unique<EnqueueBeside>();
}

}  // namespace ragqueue::bench
