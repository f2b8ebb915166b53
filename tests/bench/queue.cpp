#include <libpq-fe.h>
#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench.hpp"
#include "contender.hpp"
#include "db/statement.hpp"
#include "durable_server.hpp"
#include "ragqueue/group_enqueuer.hpp"
#include "statistics.hpp"
#include "support/database.hpp"

namespace ragqueue::bench {

namespace {

std::vector<Request> requests_of(unsigned count) {
  std::vector<Request> requests;
  for (unsigned number = 0; number < count; ++number) requests.push_back(testing::ticket(number));
  return requests;
}

double client_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// utime and stime of the backend (proc(5)), which runs on this machine.
double server_seconds(pg_conn* connection) {
  std::ifstream file("/proc/" + std::to_string(PQbackendPID(connection)) + "/stat");
  std::string text(std::istreambuf_iterator<char>(file), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  const std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
  return (std::stod(words.at(11)) + std::stod(words.at(12))) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string text(pg_conn* connection, const std::string& query) {
  return pg::execute(connection, "SELECT (" + query + ")::text").get<std::string>(0, 0);
}

struct Cost {
  double rate = 0, server_us = 0, client_us = 0, wal_bytes = 0;
};

using Contenders = std::vector<std::unique_ptr<Contender>>;

double server_seconds(const Contenders& contenders) {
  double seconds = 0;
  for (const auto& contender : contenders) seconds += server_seconds(contender->connection.get());
  return seconds;
}

/// What `action`, which takes `jobs` through the contenders' connections, costs for each of them.
Cost measure(const Contenders& contenders, std::size_t jobs, const std::function<void()>& action) {
  pg_conn* connection = contenders.front()->connection.get();
  const std::string lsn = text(connection, "pg_current_wal_insert_lsn()");
  const double server = server_seconds(contenders), client = client_seconds();
  const auto start = std::chrono::steady_clock::now();
  action();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  const auto count = static_cast<double>(jobs);
  return {
      .rate = count / time.count(),
      .server_us = 1e6 * (server_seconds(contenders) - server) / count,
      .client_us = 1e6 * (client_seconds() - client) / count,
      .wal_bytes =
          std::stod(text(connection, "pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '" + lsn + "')")) / count};
}

template <class Field>
std::vector<double> all(const std::vector<Cost>& costs, Field field) {
  std::vector<double> values;
  for (const Cost& cost : costs) values.push_back(cost.*field);
  return values;
}

/// Rates beside those that another had in the same rounds.
Row row_of(const std::string& what, const std::vector<Cost>& costs, const std::string& other,
           const std::vector<Cost>& others) {
  const Spread of_other = ratio(all(costs, &Cost::rate), all(others, &Cost::rate));
  return {{"what", what},
          {"per_second", median(all(costs, &Cost::rate))},
          {"beside", other},
          {"ratio", of_other.median},
          {"least", of_other.least},
          {"most", of_other.most},
          {"server_us", median(all(costs, &Cost::server_us))},
          {"client_us", median(all(costs, &Cost::client_us))},
          {"wal_bytes", median(all(costs, &Cost::wal_bytes))}};
}

class Rounds : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--jobs", jobs_, "Jobs of each measurement");
    options.add_option("--rounds", rounds_, "Rounds, each contender in turn");
  }

 protected:
  unsigned jobs_ = 100'000;
  int rounds_ = 5;
};

class Drain final : public Rounds {
 public:
  void declare(CLI::App& options) override {
    Rounds::declare(options);
    options.add_option("--batch", batches_, "Jobs a claim; more than one value may be given");
    options.add_option("--baseline-batch", baseline_batch_, "Jobs a claim of the baseline");
    options.add_option(
        "--churn", churn_,
        "Jobs drained before; then once more, under a snapshot that is held from before them to the end");
    options.add_option("--consumers", consumers_, "That drain at once, each on a connection of its own")
        ->check(CLI::PositiveNumber);
  }

  Table run() override {
    DurableServer server;
    Table table;
    for (const int batch : batches_) {
      std::vector<Cost> baselines, ours, baselines_held, ours_held;
      for (int round = 0; round < rounds_; ++round) {
        baselines.push_back(once(server, baseline_queue, baseline_batch_, false));
        ours.push_back(once(server, our_queue, batch, false));
        if (churn_ == 0) continue;
        baselines_held.push_back(once(server, baseline_queue, baseline_batch_, true));
        ours_held.push_back(once(server, our_queue, batch, true));
      }
      const std::string baseline = "baseline batch " + std::to_string(baseline_batch_);
      const std::string name = "ragqueue batch " + std::to_string(batch);
      table.push_back(row_of(baseline, baselines, "baseline", baselines));
      table.push_back(row_of(name, ours, "baseline", baselines));
      if (churn_ == 0) continue;
      table.push_back(row_of(baseline + ", snapshot held", baselines_held, "none held", baselines));
      table.push_back(row_of(name + ", snapshot held", ours_held, "none held", ours));
    }
    return table;
  }

 private:
  template <class Make>
  Cost once(DurableServer& server, Make make, int batch, bool held) const {
    const std::string conninfo = server.postgres.new_schema();
    Contenders contenders;
    contenders.push_back(make(conninfo));
    Contender& first = *contenders.front();
    while (contenders.size() < consumers_) contenders.push_back(first.another(conninfo));
    const Connection holder(conninfo);
    if (held) {
      pg::execute_script(holder.get(),
                         "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");
    }
    if (churn_ > 0) {
      first.enqueue(requests_of(churn_));
      (void)first.drain(1'000);
    }
    first.enqueue(requests_of(jobs_));
    pg::execute_script(first.connection.get(), "ANALYZE");
    return measure(contenders, jobs_, [&] {
      std::vector<std::future<std::size_t>> drained;
      for (const auto& contender : contenders)
        drained.push_back(
            std::async(std::launch::async, [&, one = contender.get()] { return one->drain(batch); }));
      std::size_t total = 0;
      for (auto& one : drained) total += one.get();
      if (total != jobs_) throw std::runtime_error("not every job was drained");
    });
  }

  std::vector<int> batches_{10, 100, 1'000, 5'000};
  int baseline_batch_ = 100;
  unsigned churn_ = 0;
  std::size_t consumers_ = 1;
};

class Enqueue final : public Rounds {
 public:
  void declare(CLI::App& options) override {
    Rounds::declare(options);
    options.add_option("--single", single_, "Requests enqueued one by one");
    options.add_option("--threads", threads_, "Callers of the group enqueuer");
  }

  Table run() override {
    DurableServer server;
    std::vector<Cost> baseline_single, baseline_bulk, our_single, our_bulk, group;
    for (int round = 0; round < rounds_; ++round) {
      const std::string conninfo = server.postgres.new_schema();
      Contenders baseline, ours;
      baseline.push_back(baseline_queue(conninfo));
      ours.push_back(our_queue(conninfo));
      baseline_single.push_back(one_by_one(baseline));
      our_single.push_back(one_by_one(ours));
      group.push_back(grouped(ours, conninfo));
      baseline_bulk.push_back(bulk(baseline));
      our_bulk.push_back(bulk(ours));
    }
    return {row_of("baseline, one by one", baseline_single, "baseline", baseline_single),
            row_of("ragqueue, one by one", our_single, "baseline", baseline_single),
            row_of("ragqueue, group enqueuer", group, "baseline", baseline_single),
            row_of("baseline, bulk (COPY)", baseline_bulk, "baseline", baseline_bulk),
            row_of("ragqueue, bulk", our_bulk, "baseline", baseline_bulk)};
  }

 private:
  Cost one_by_one(const Contenders& contender) const {
    const std::vector<Request> requests = requests_of(single_);
    return measure(contender, requests.size(), [&] {
      for (const Request& request : requests) contender.front()->enqueue(request);
    });
  }

  Cost bulk(const Contenders& contender) const {
    const std::vector<Request> requests = requests_of(jobs_);
    return measure(contender, requests.size(), [&] { contender.front()->enqueue(requests); });
  }

  /// Each thread waits for every answer before its next call, as a request handler does. Its connection is
  /// not the contender's, so that the server's time is not counted.
  Cost grouped(const Contenders& contender, const std::string& conninfo) const {
    const unsigned each = single_ / threads_;
    return measure(contender, each * threads_, [&] {
      GroupEnqueuer enqueuer({.conninfo = conninfo});
      std::vector<std::thread> callers;
      for (unsigned caller = 0; caller < threads_; ++caller) {
        callers.emplace_back([&, caller] {
          for (unsigned number = 0; number < each; ++number)
            (void)enqueuer.enqueue(testing::ticket(caller * each + number)).get();
        });
      }
      for (std::thread& caller : callers) caller.join();
    });
  }

  unsigned single_ = 5'000, threads_ = 16;
};

}  // namespace

std::unique_ptr<Bench> drain() {
  return std::make_unique<Drain>();
}

std::unique_ptr<Bench> enqueue() {
  return std::make_unique<Enqueue>();
}

}  // namespace ragqueue::bench
