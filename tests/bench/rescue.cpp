#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench.hpp"
#include "db/statement.hpp"
#include "durable_server.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/enqueue.hpp"
#include "support/database.hpp"
#include "times.hpp"
#include "torture/child.hpp"

namespace ragqueue::bench {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using torture::Child;

/// Two rag_worker at their defaults. The table that they read is locked, so that the one that has the job
/// sits on it until it is killed.
class Workers {
 public:
  Workers(std::filesystem::path program, std::string conninfo)
      : program_(std::move(program)), conninfo_(std::move(conninfo)), watch_(conninfo_), lock_(conninfo_) {
    const auto initialized = local::run({.arguments = command("init"), .account = {}});
    if (initialized.exit_code != 0) throw std::runtime_error(initialized.output);
    pg::execute_script(watch_.get(),
                       "CREATE TABLE tickets (organization_id uuid, id uuid, subject text, description text, "
                       "resolution text, status text)");
    for (int count = 0; count < 2; ++count) start();
  }

  /// Seconds from the SIGKILL of the worker that runs the job until another runs it. `delay` after it began.
  double kill_one(unsigned number, std::chrono::milliseconds delay) {
    pg::execute_script(lock_.get(), "BEGIN; LOCK TABLE tickets");
    enqueue_index(watch_.get(), testing::ticket(number));
    const pid_t victim = wait_for_runner(0);
    std::this_thread::sleep_for(delay);
    const auto killed = Clock::now();
    std::erase_if(children_, [victim](Child& child) { return child.process() == victim; });
    (void)wait_for_runner(victim);
    const std::chrono::duration<double> time = Clock::now() - killed;
    pg::execute_script(lock_.get(), "ROLLBACK");
    wait_until("NOT EXISTS (SELECT FROM rag_index_queue WHERE status <> 'done')");
    start();
    return time.count();
  }

 private:
  [[nodiscard]] std::vector<std::string> command(const char* what) const {
    return {program_.string(), "--database", conninfo_, what};
  }

  void start() {
    children_.emplace_back(local::Command{.arguments = command("run"), .account = {}}, "/dev/null", SIGKILL);
    wait_until("(SELECT count(*) FROM rag_workers) = 2 OR " + std::to_string(children_.size()) + " < 2");
  }

  pid_t wait_for_runner(pid_t other_than) {
    for (;; std::this_thread::sleep_for(1ms)) {
      const pg::Result rows =
          pg::execute(watch_.get(),
                      "SELECT w.pid FROM rag_index_queue AS q JOIN rag_workers AS w ON w.id = q.worker_id "
                      "WHERE q.status = 'running' AND w.pid <> $1",
                      pg::Params().add(std::int32_t{other_than}));
      if (rows.rows() > 0) return rows.get<std::int32_t>(0, 0);
    }
  }

  void wait_until(const std::string& condition) {
    while (!pg::execute(watch_.get(), "SELECT " + condition).get<bool>(0, 0))
      std::this_thread::sleep_for(1ms);
  }

  std::filesystem::path program_;
  std::string conninfo_;
  Connection watch_, lock_;
  std::vector<Child> children_;
};

class Rescue final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--kills", kills_, "Workers to kill")->check(CLI::PositiveNumber);
    options.add_option("--program", program_, "The rag_worker to kill")->check(CLI::ExistingFile);
  }

  Table run() override {
    DurableServer server;
    Workers workers(program_, server.postgres.new_schema());
    std::mt19937 random{1};
    std::uniform_int_distribution phase(0, 2'000);  // of a heartbeat, ms
    std::vector<double> times;
    for (int kill = 0; kill < kills_; ++kill)
      times.push_back(
          workers.kill_one(static_cast<unsigned>(kill), std::chrono::milliseconds(phase(random))));
    return {row_of_times("from SIGKILL until another worker runs the job", "s", times)};
  }

 private:
  int kills_ = 20;
  std::filesystem::path program_ =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "rag_worker";
};

}  // namespace

std::unique_ptr<Bench> rescue() {
  return std::make_unique<Rescue>();
}

}  // namespace ragqueue::bench
