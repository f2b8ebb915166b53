#include <fmt/format.h>
#include <sys/prctl.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "ragqueue/error.hpp"
#include "ragqueue/worker.hpp"
#include "witnesses.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;

namespace {

void print(const LogEntry& entry) {
  std::string line = fmt::format("[{}] {}", getpid(), entry.message);
  for (const auto& [name, value] : entry.fields) line += fmt::format(" {}={}", name, value);
  fmt::print(stderr, "{}\n", line);
}

/// As a supervisor would: again and again.
void start(Worker& worker) {
  for (;;) {
    try {
      return worker.start();
    } catch (const Error& error) {
      print({LogLevel::error, fmt::format("cannot start: {}", error.what()), {}});
      std::this_thread::sleep_for(100ms);
    }
  }
}

}  // namespace

/// A worker under torture: CONNINFO DIRECTORY SEED. Runs until SIGTERM.
int main(int count, char** arguments) {
  if (count != 4) return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const std::filesystem::path directory = arguments[2];
  const torture::EvidenceLog log(directory / "evidence");
  Worker worker(torture::make_witnessed_pipeline(log, torture::share_weather(directory / "weather"),
                                                 std::strtoull(arguments[3], nullptr, 10)),
                {.conninfo = arguments[1],
                 .concurrency = 2,
                 .batch = 5,
                 .poll_interval = 300ms,
                 .heartbeat_interval = 200ms,
                 .grace = 2'000ms,
                 .retry = {.max_attempts = 50, .base = 20ms, .limit = 200ms},
                 .log = print});
  start(worker);
  int signal = 0;
  sigwait(&signals, &signal);
  worker.stop();
  return 0;
}
