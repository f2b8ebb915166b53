#include "run.hpp"

#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <ragqueue/connection.hpp>
#include <ragqueue/error.hpp>
#include <ragqueue/http_embedder.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/vector_index.hpp>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include "database.hpp"
#include "embedder.hpp"
#include "log.hpp"
#include "print.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "service.hpp"
#include "signals.hpp"
#include "source_check.hpp"
#include "startup.hpp"
#include "terminal.hpp"
#include "texts_in_index.hpp"

namespace rag_worker {

namespace {

/// On a terminal only what went wrong is told, above the progress.
ragqueue::Log log_above(StatusLine& line) {
  return [&line](const ragqueue::LogEntry& entry) {
    if (entry.level > ragqueue::LogLevel::info) line.print_above(text_line(entry));
  };
}

/// What doctor would say of texts and sources. Jobs of a source that cannot be read wait, so that this ends
/// nothing.
void look_at_texts_and_sources(const Surroundings& around, const std::stop_token& stop) try {
  const ragqueue::Connection connection(around.options.conninfo);
  const auto warn = [&](std::string message) {
    around.options.log({.level = ragqueue::LogLevel::warning, .message = std::move(message), .fields = {}});
  };
  if (ragqueue::is_text_outdated(connection.get())) warn(std::string(outdated_texts));
  const auto unknown = ragqueue::count_chunks_without_vector(connection.get());
  if (unknown.value_or(0) > 0) warn(unknown_texts(*unknown));
  for (const ragqueue::SqlSource& source : around.invocation.run.sources) {
    if (stop.stop_requested()) return;
    for (const ragqueue::SourceProblem& problem :
         ragqueue::check_sources(connection.get(), {&source, 1}, stop)) {
      if (is_absent_builtin(problem, source)) continue;
      around.options.log(
          {.level = ragqueue::LogLevel::warning,
           .message = fmt::format("the query of source '{}': {}", source.type, problem.message),
           .fields = {{"source_type", source.type}}});
    }
  }
} catch (const ragqueue::Error&) {
  // The worker meets the same database, and says what is amiss.
  return;
}

/// Of all that is read at the start, what lets us in at the embedder may change under way.
void reload(const Started& started, const Surroundings& around) {
  const auto tell = [&](ragqueue::LogLevel level, std::string_view what) {
    around.options.log({.level = level, .message = fmt::format("SIGHUP: {}", what), .fields = {}});
  };
  try {
    const bool any = ragqueue::read_headers_again(*started.embedder);
    tell(ragqueue::LogLevel::info,
         any ? "the embedder's key and headers have been read again" : "nothing to read again");
  } catch (const ragqueue::Error& error) {
    tell(ragqueue::LogLevel::warning,
         fmt::format("the embedder's key and headers stay as they were: {}", error.what()));
  }
}

/// A terminal that is gone asks us to stop; anybody else who sends SIGHUP, to read again what may have
/// changed.
bool asks_to_stop(int signal) {
  return signal != SIGHUP || standard_error_hung_up();
}

void serve(const Started& started, const Surroundings& around) {
  ragqueue::Worker& worker = *started.worker;
  bool stopping = false;
  while (worker.running()) {
    around.service.alive();
    const auto signal = around.signals.wait();
    if (!signal) continue;
    if (!asks_to_stop(*signal)) {
      reload(started, around);
    } else if (std::exchange(stopping, true)) {
      worker.request_abort();
      around.service.giving_back();
    } else {
      worker.request_stop();
      around.service.stopping();
    }
  }
  if (!stopping) around.service.stopping();
  worker.wait();
}

std::jthread show(const ragqueue::Worker& worker, const ragqueue::WorkerOptions& options, bool on_terminal,
                  StatusLine& line) {
  if (on_terminal) return show_progress(worker, options.conninfo, line);
  return options.drain ? log_progress(worker, options.conninfo, options.log) : std::jthread();
}

}  // namespace

void run(const Invocation& invocation) {
  const bool on_terminal = standard_error_is_terminal();
  StatusLine line;
  ragqueue::WorkerOptions options = invocation.run.worker;
  options.conninfo = open_database(invocation.settings);
  options.log = on_terminal
                    ? log_above(line)
                    : make_log(invocation.run.log_format == "json", invocation.run.log_level == "debug");

  const Signals signals;
  Service service;
  const Surroundings around{invocation, options, signals, service};
  if (const std::string prefixes = describe_prefixes(invocation.settings); !prefixes.empty())
    options.log({.level = ragqueue::LogLevel::info, .message = prefixes, .fields = {}});
  const Started started = start_when_up(around);
  ragqueue::WorkerCounters counters;
  if (started.worker) {
    const auto ready = tell_when_ready(around, started.embedder);
    const std::jthread looking([&](const std::stop_token& stop) { look_at_texts_and_sources(around, stop); });
    const auto progress = show(*started.worker, options, on_terminal, line);
    serve(started, around);
    counters = started.worker->counters();
  }
  line.finish();
  print(invocation.settings.json, counters_document(counters), on_terminal ? counters_text(counters) : "");
  if (options.drain && counters.failed > 0) throw JobsFailed{};
}

}  // namespace rag_worker
