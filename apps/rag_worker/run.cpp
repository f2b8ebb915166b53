#include "run.hpp"

#include <utility>

#include "database.hpp"
#include "embedder.hpp"
#include "log.hpp"
#include "print.hpp"
#include "progress.hpp"
#include "service.hpp"
#include "signals.hpp"
#include "terminal.hpp"

namespace rag_worker {

namespace {

ragqueue::Pipeline make_pipeline(const RunArguments& arguments, const Settings& settings) {
  return {ragqueue::make_sql_source_fetcher(arguments.sources), ragqueue::make_text_chunker(arguments.chunks),
          make_embedder(settings), ragqueue::make_postgres_index_store()};
}

/// On a terminal only what went wrong is told, above the progress.
ragqueue::Log log_above(StatusLine& line) {
  return [&line](const ragqueue::LogEntry& entry) {
    if (entry.level != ragqueue::LogLevel::info) line.print_above(text_line(entry));
  };
}

void serve(ragqueue::Worker& worker, const StopSignals& signals, Service& service) {
  bool stopping = false;
  while (worker.running()) {
    service.alive();
    if (!signals.wait()) continue;
    if (std::exchange(stopping, true)) {
      worker.request_abort();
      service.giving_back();
    } else {
      worker.request_stop();
      service.stopping();
    }
  }
  if (!stopping) service.stopping();
  worker.wait();
}

}  // namespace

void run(const Invocation& invocation) {
  const bool on_terminal = standard_error_is_terminal();
  StatusLine line;
  ragqueue::WorkerOptions options = invocation.run.worker;
  options.conninfo = open_database(invocation.settings);
  options.log = on_terminal ? log_above(line) : make_log(invocation.run.log_format == "json");

  const StopSignals signals;
  Service service;
  ragqueue::Worker worker(make_pipeline(invocation.run, invocation.settings), options);
  worker.start();
  service.ready();
  {
    const auto progress = on_terminal ? show_progress(worker, options.conninfo, line) : std::jthread();
    serve(worker, signals, service);
  }
  line.finish();
  const auto counters = worker.counters();
  print(invocation.settings.json, counters_document(counters), on_terminal ? counters_text(counters) : "");
}

}  // namespace rag_worker
