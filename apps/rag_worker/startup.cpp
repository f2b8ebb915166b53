#include "startup.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <ragqueue/connection.hpp>
#include <ragqueue/error.hpp>
#include <ragqueue/text_extractor.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "embedder.hpp"

namespace rag_worker {

namespace {

using Clock = std::chrono::steady_clock;
using ragqueue::LogLevel;

/// Says at once and then each minute what is waited for, and once that it is there.
class Waiting {
 public:
  explicit Waiting(const Surroundings& around) : around_(around) {}

  void say(std::string_view error) {
    const auto now = Clock::now();
    if (!since_) since_ = now;
    if (now < next_) return;
    next_ = now + std::chrono::minutes(1);
    const std::string message = fmt::format("waiting: {}", error);
    around_.service.status(message);
    tell(LogLevel::warning, message);
  }

  void over(std::string_view what) {
    if (!since_) return;
    const std::chrono::duration<double> waited = Clock::now() - *std::exchange(since_, std::nullopt);
    around_.service.status("indexing");
    tell(LogLevel::info, fmt::format("{} is there, after {:.0f} s", what, waited.count()));
  }

 private:
  void tell(LogLevel level, const std::string& message) const {
    around_.options.log({.level = level, .message = message, .fields = {}});
  }

  const Surroundings& around_;
  std::optional<Clock::time_point> since_;
  Clock::time_point next_ = Clock::time_point::min();
};

std::shared_ptr<const ragqueue::Embedder> make_bound_embedder(const Surroundings& around) {
  const ragqueue::Connection connection(around.options.conninfo);
  return make_embedder(around.invocation.settings, connection.get());
}

void ask(const ragqueue::Embedder& embedder, const std::stop_token& stop) {
  constexpr std::array<std::string_view, 1> text{"ping"};
  std::vector<float> vector(embedder.dimension());
  static_cast<void>(embedder.embed(text, ragqueue::Purpose::document, vector, stop));
}

bool is_outage(const ragqueue::Error& error) {
  return error.fault() == ragqueue::Fault::outage;
}

/// Returns true when told to stop within a second.
bool stopped_meanwhile(const Surroundings& around) {
  for (const auto end = Clock::now() + std::chrono::seconds(1); Clock::now() < end;) {
    around.service.alive();
    const auto signal = around.signals.wait();
    if (signal && *signal != SIGHUP) return true;
  }
  return false;
}

Started start(const Surroundings& around) {
  const RunArguments& run = around.invocation.run;
  Started started{.embedder = make_bound_embedder(around)};
  if (run.no_wait) ask(*started.embedder, {});
  started.worker = std::make_unique<ragqueue::Worker>(
      ragqueue::Pipeline{ragqueue::make_sql_source_fetcher(run.sources, run.source_options),
                         ragqueue::make_text_chunker(run.chunks), started.embedder,
                         ragqueue::make_postgres_index_store(), ragqueue::make_text_extractor()},
      around.options);
  started.worker->start();
  return started;
}

}  // namespace

Started start_when_up(const Surroundings& around) {
  Waiting waiting(around);
  while (true) {
    try {
      Started started = start(around);
      waiting.over("the database");
      return started;
    } catch (const ragqueue::Error& error) {
      if (!is_outage(error) || around.invocation.run.no_wait) throw;
      waiting.say(error.what());
    }
    if (stopped_meanwhile(around)) return {};
  }
}

std::jthread tell_when_ready(const Surroundings& around, std::shared_ptr<const ragqueue::Embedder> embedder) {
  if (around.invocation.settings.embedder == "builtin" || around.invocation.run.no_wait) {
    around.service.ready();
    return {};
  }
  return std::jthread([&around, embedder = std::move(embedder)](const std::stop_token& stop) {
    constexpr std::chrono::seconds between{2};
    Waiting waiting(around);
    std::mutex mutex;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      try {
        ask(*embedder, stop);
        if (stop.stop_requested()) return;
        waiting.over("the embedder");
        return around.service.ready();
      } catch (const std::exception& error) {
        if (!stop.stop_requested()) waiting.say(error.what());
      }
      std::condition_variable_any().wait_for(lock, stop, between, [] { return false; });
    }
  });
}

}  // namespace rag_worker
