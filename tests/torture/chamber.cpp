#include "chamber.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <thread>
#include <utility>

#include "db/statement.hpp"
#include "desk.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/queue.hpp"

namespace ragqueue::torture {

using namespace std::chrono_literals;

Chamber::Chamber(ChamberOptions options)
    : options_(std::move(options)),
      weather_(share_weather(options_.directory / "weather")),
      databases_(options_.directory),
      workers_(options_.workers) {
  create_tables(Connection(databases_.conninfo()).get(), *make_embedder());
  for (std::size_t number = 0; number < workers_.size(); ++number) {
    const int first = network_.open_port(number, databases_.server(0).socket());
    const int second = network_.open_port(number, databases_.server(1).socket());
    workers_[number].conninfo = fmt::format(
        "host=127.0.0.1,127.0.0.1 port={},{} dbname=postgres user=worker target_session_attrs=read-write "
        "application_name=torture_worker",
        first, second);
    start_worker(number);
  }
}

Chamber::~Chamber() {
  for (Mate& worker : workers_) {
    worker.process.signal(SIGKILL);
    worker.process.wait();
  }
  databases_.stop();
}

void Chamber::start_worker(std::size_t number) {
  Mate& worker = workers_[number];
  const std::uint64_t seed =
      (options_.seed * 1'000 + number) * 1'000 + static_cast<unsigned>(++worker.starts);
  worker.process = Child(
      {{options_.worker_program.string(), worker.conninfo, options_.directory.string(), std::to_string(seed)},
       {}},
      options_.directory / "workers.log", SIGKILL);
  worker.frozen = worker.stopping = false;
}

RoundResult Chamber::run_round(unsigned round, bool fails_over) {
  RoundResult result;
  const std::uint64_t seed = options_.seed * 1'000'003 + round;
  if (fails_over) databases_.add_replica();
  const std::size_t lost_before = network_.lost_commits();
  const std::vector<SourceKey> sources = sources_of_round(round);
  weather_.lies_percent = 50;
  weather_.slow_ms = 30;
  Application application(
      sources, [this] { return databases_.conninfo() + " user=owner"; }, seed);
  const auto start = Clock::now();
  for (const Strike& next : make_schedule(seed, workers_.size(), options_.chaos, fails_over)) {
    while (Clock::now() < start + next.at) {
      relieve_due(Clock::now());
      auto until = start + next.at;
      for (const Relief& relief : reliefs_) until = std::min(until, relief.at);
      std::this_thread::sleep_until(until);
    }
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    result.journal.push_back(fmt::format("{} at {} ms", describe(next), now.count()));
    strike(next, result);
  }
  relieve_all();
  check_workers(result);
  const Deeds deeds = application.finish();
  result.edits = deeds.edits + deeds.deletions;
  result.lost_commits = network_.lost_commits() - lost_before;
  settle(result);
  const Connection connection(databases_.conninfo());
  Findings found = check_round(connection.get(), sources, deeds,
                               read_evidence(options_.directory / "evidence", evidence_read_));
  found.violations.insert(found.violations.end(), result.findings.violations.begin(),
                          result.findings.violations.end());
  result.findings = std::move(found);
  return result;
}

void Chamber::strike(const Strike& strike, RoundResult& result) {
  ++result.blows[strike.blow];
  Mate& worker = workers_[strike.worker];
  switch (strike.blow) {
    case Blow::kill_worker:
      bury_worker(strike.worker, SIGKILL, result);
      break;
    case Blow::stop_worker:
      if (worker.frozen) return;
      worker.process.signal(SIGTERM);
      worker.stopping = true;
      break;
    case Blow::freeze_worker:
      worker.process.signal(SIGSTOP);
      worker.frozen = true;
      break;
    case Blow::terminate_backends:
      return terminate_backends(strike.size);
    case Blow::stop_fast:
      return restart_database(strike, Shutdown::fast);
    case Blow::stop_immediate:
      return restart_database(strike, Shutdown::immediate);
    case Blow::hold_network:
    case Blow::hold_and_cut:
      network_.hold(strike.worker);
      break;
    case Blow::cut_network:
      network_.cut(strike.worker);
      break;
    case Blow::lose_commit:
      return network_.lose_commit(strike.worker);
    case Blow::cut_after:
      return network_.cut_after(strike.worker, static_cast<std::size_t>(strike.size));
    case Blow::embedder_outage:
      weather_.outage = true;
      break;
    case Blow::embedder_busy:
      weather_.busy_percent = strike.size;
      break;
    case Blow::embedder_slow:
      weather_.slow_ms = strike.size;
      break;
    case Blow::fail_over:
      return databases_.fail_over(strike.size == 0 ? Shutdown::fast : Shutdown::immediate);
  }
  reliefs_.push_back({.at = Clock::now() + strike.lasts, .strike = strike});
}

void Chamber::relieve(const Strike& strike) {
  Mate& worker = workers_[strike.worker];
  switch (strike.blow) {
    case Blow::kill_worker:
      if (worker.process.process() == 0) start_worker(strike.worker);
      break;
    case Blow::stop_worker:
      if (worker.stopping && !worker.process.running()) start_worker(strike.worker);
      break;
    case Blow::freeze_worker:
      worker.process.signal(SIGCONT);
      worker.frozen = false;
      break;
    case Blow::hold_and_cut:
      network_.cut(strike.worker);
      network_.heal(strike.worker);
      break;
    case Blow::hold_network:
    case Blow::cut_network:
      network_.heal(strike.worker);
      break;
    case Blow::embedder_outage:
      weather_.outage = false;
      break;
    case Blow::embedder_busy:
      weather_.busy_percent = 0;
      break;
    case Blow::embedder_slow:
      weather_.slow_ms = 30;
      break;
    default:
      break;
  }
}

void Chamber::relieve_due(Clock::time_point now) {
  for (const Relief& relief : std::exchange(reliefs_, {})) {
    if (relief.at <= now) {
      relieve(relief.strike);
    } else {
      reliefs_.push_back(relief);
    }
  }
}

/// Fair weather, a whole network, and every worker at work.
void Chamber::relieve_all() {
  relieve_due(Clock::time_point::max());
  weather_.lies_percent = 0;
  weather_.slow_ms = 0;
  for (std::size_t line = 0; line < workers_.size(); ++line) network_.heal(line);
}

void Chamber::bury_worker(std::size_t number, int signal, RoundResult& result) {
  Mate& worker = workers_[number];
  if (worker.process.process() == 0) return;
  const bool alive = worker.process.running();
  worker.process.signal(signal);
  const int status = worker.process.wait();
  if (!alive && status != 0) {
    result.findings.violations.push_back(fmt::format("worker {} ended by itself, status {}", number, status));
  }
}

/// One that was asked to stop has ended well; any other runs.
void Chamber::check_workers(RoundResult& result) {
  for (std::size_t number = 0; number < workers_.size(); ++number) {
    Mate& worker = workers_[number];
    const auto deadline = Clock::now() + 30s;
    while (worker.stopping && worker.process.running() && Clock::now() < deadline) {
      std::this_thread::sleep_for(10ms);
    }
    if (worker.stopping && worker.process.running()) {
      result.findings.violations.push_back(fmt::format("worker {} does not stop", number));
    }
    if (worker.process.running()) continue;
    bury_worker(number, 0, result);
    start_worker(number);
  }
}

void Chamber::terminate_backends(int count) const {
  try {
    const Connection connection(databases_.conninfo());
    pg::execute(connection.get(),
                "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE "
                "application_name = 'torture_worker' ORDER BY random() LIMIT $1) AS victim",
                pg::Params().add(std::int32_t{count}));
  } catch (const Error&) {
    return;  // the server is out anyway
  }
}

void Chamber::restart_database(const Strike& strike, Shutdown how) {
  databases_.stop(how);
  std::this_thread::sleep_for(strike.lasts);
  databases_.start();
}

bool Chamber::wait_until_finished() const {
  constexpr auto limit = 90s;
  const Connection connection(databases_.conninfo());
  const auto deadline = Clock::now() + limit;
  while (!Queue(connection.get()).finished()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

void Chamber::settle(RoundResult& result) {
  const auto start = Clock::now();
  bool finished = wait_until_finished();
  {
    // Chaos that hits one job five times makes it look like the cause; a person would try it again.
    const Connection connection(databases_.conninfo());
    const pg::Result rows = pg::execute(
        connection.get(),
        "SELECT id FROM rag_index_queue WHERE status = 'failed' AND last_error LIKE 'its workers vanished%'");
    for (int row = 0; row < rows.rows(); ++row) {
      ++result.condemned;
      Queue(connection.get()).retry_failed({.id = rows.get<Uuid>(row, 0)});
    }
  }
  if (result.condemned > 0) finished = wait_until_finished() && finished;
  if (!finished) result.findings.violations.push_back("the queue is not finished after 90 s of peace");
  result.settled_after = std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace ragqueue::torture
