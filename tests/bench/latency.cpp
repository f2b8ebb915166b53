#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bench.hpp"
#include "db/statement.hpp"
#include "durable_server.hpp"
#include "ragqueue/connection.hpp"
#include "sleeper.hpp"
#include "statistics.hpp"

namespace ragqueue::bench {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;
using MakeSleeper = std::unique_ptr<Sleeper> (*)(const std::string&);

struct Seen {
  std::vector<double> times;           ///< ms, of all rounds.
  std::vector<double> medians, tails;  ///< p50 and p99 of each round, ms.
  std::size_t notified = 0;            ///< Of the requests that came while the consumer worked.
};

class Latency final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--requests", requests_, "Of each round, one at a time")->check(CLI::PositiveNumber);
    options.add_option("--rounds", rounds_, "Rounds, baseline and ragqueue in turn")
        ->check(CLI::PositiveNumber);
    options.add_option("--pause-ms", pause_ms_, "Mean time from a start to the next request; random")
        ->check(CLI::PositiveNumber);
    options.add_option("--busy", busy_, "Requests of each round that come while the consumer works")
        ->check(CLI::PositiveNumber);
  }

  Table run() override {
    DurableServer server;
    Seen baseline, ours;
    for (int round = 0; round < rounds_; ++round) {
      measure(server, baseline_sleeper, baseline);
      measure(server, our_sleeper, ours);
    }
    return {row_of("baseline", baseline, baseline), row_of("ragqueue", ours, baseline)};
  }

 private:
  void measure(DurableServer& server, MakeSleeper make, Seen& seen) const {
    const std::string conninfo = server.postgres.new_schema();
    const std::unique_ptr<Sleeper> sleeper = make(conninfo);
    constexpr unsigned warm_up = 20;  // until caches and plans are warm
    (void)times_of(*sleeper, 0, warm_up);
    const std::vector<double> times = times_of(*sleeper, warm_up, requests_);
    seen.medians.push_back(median(times));
    seen.tails.push_back(percentile(times, 0.99));
    seen.times.insert(seen.times.end(), times.begin(), times.end());
    seen.notified += notified_while_busy(*sleeper, conninfo);
  }

  /// From the enqueuer's call to the consumer's start.
  [[nodiscard]] std::vector<double> times_of(Sleeper& sleeper, unsigned first, unsigned count) const {
    std::minstd_rand random(first + 1);
    std::uniform_real_distribution<> pause(pause_ms_ / 2, pause_ms_ * 3 / 2);
    std::vector<double> times;
    for (unsigned number = first; number < first + count; ++number) {
      sleeper.wait_until(true);
      std::this_thread::sleep_for(Milliseconds(pause(random)));  // how requests arrive
      const auto begin = Sleeper::Clock::now();
      sleeper.enqueue(number);
      times.push_back(Milliseconds(sleeper.wait_for_start() - begin).count());
    }
    return times;
  }

  /// How many commits of the enqueuer told somebody, while the one who was to be told had work.
  [[nodiscard]] std::size_t notified_while_busy(Sleeper& sleeper, const std::string& conninfo) const {
    const Connection listener(conninfo);
    const std::unique_lock hold(sleeper.work);
    sleeper.enqueue(0);
    (void)sleeper.wait_for_start();
    sleeper.wait_until(false);
    pg::execute_script(listener.get(), "LISTEN " + sleeper.channel());
    for (unsigned number = 1; number <= busy_; ++number) sleeper.enqueue(number);
    pg::execute_script(listener.get(), "SELECT 1");  // what was committed before comes with its answer
    std::size_t count = 0;
    for (; PGnotify* notification = PQnotifies(listener.get()); ++count) PQfreemem(notification);
    return count;
  }

  [[nodiscard]] Row row_of(const std::string& what, const Seen& seen, const Seen& baseline) const {
    const Spread of_baseline = ratio(seen.medians, baseline.medians);
    const std::size_t busy = static_cast<std::size_t>(rounds_) * busy_;
    return {{"what", what},
            {"requests", seen.times.size()},
            {"p50_ms", percentile(seen.times, 0.5)},
            {"p99_ms", percentile(seen.times, 0.99)},
            {"p50_of_baseline", of_baseline.median},
            {"least", of_baseline.least},
            {"most", of_baseline.most},
            {"p99_of_baseline", ratio(seen.tails, baseline.tails).median},
            {"requests_while_busy", busy},
            {"of_which_notified", seen.notified}};
  }

  unsigned requests_ = 200, busy_ = 200;
  int rounds_ = 5;
  double pause_ms_ = 20;
};

}  // namespace

std::unique_ptr<Bench> latency() {
  return std::make_unique<Latency>();
}

}  // namespace ragqueue::bench
