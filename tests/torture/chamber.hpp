#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "chaos_proxy.hpp"
#include "checks.hpp"
#include "database_pair.hpp"
#include "schedule.hpp"
#include "weather.hpp"

namespace ragqueue::torture {

struct ChamberOptions {
  std::filesystem::path worker_program;
  std::filesystem::path directory;  ///< Anybody may enter it.
  std::size_t workers = 3;
  std::uint64_t seed = 1;
  std::chrono::milliseconds chaos{4'000};  ///< Of each round.
};

struct RoundResult {
  Findings findings;
  std::size_t edits = 0;
  std::map<Blow, std::size_t> blows;
  std::size_t lost_commits = 0, condemned = 0;
  double settled_after = 0;          ///< Seconds.
  std::vector<std::string> journal;  ///< What was done when.
};

/// Servers, network, workers and weather, kept over all rounds. Used by one thread.
class Chamber {
 public:
  explicit Chamber(ChamberOptions options);
  ~Chamber();
  Chamber(const Chamber&) = delete;
  Chamber& operator=(const Chamber&) = delete;

  /// Everything by the seed and the round's number, but for the machine's own timing.
  [[nodiscard]] RoundResult run_round(unsigned round, bool fails_over);

 private:
  using Clock = std::chrono::steady_clock;
  struct Relief {
    Clock::time_point at;
    Strike strike;
  };
  struct Mate {
    std::string conninfo;
    Child process;
    bool frozen = false, stopping = false;
    int starts = 0;
  };

  void start_worker(std::size_t number);
  void bury_worker(std::size_t number, int signal, RoundResult& result);
  void strike(const Strike& strike, RoundResult& result);
  void relieve(const Strike& strike);
  void relieve_due(Clock::time_point now);
  void relieve_all();
  void terminate_backends(int count) const;
  void restart_database(const Strike& strike, Shutdown how);
  void check_workers(RoundResult& result);
  void settle(RoundResult& result);
  [[nodiscard]] bool wait_until_finished() const;

  ChamberOptions options_;
  Weather& weather_;
  DatabasePair databases_;
  ChaosProxy network_;
  std::vector<Mate> workers_;
  std::vector<Relief> reliefs_;
  std::uintmax_t evidence_read_ = 0;
};

}  // namespace ragqueue::torture
