#include "print.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "text.hpp"

namespace rag_worker {

using nlohmann::ordered_json;

void print(bool json, const ordered_json& document, std::string_view text) {
  constexpr int indent = 2;
  const std::string shown =
      json ? document.dump(indent, ' ', false, ordered_json::error_handler_t::replace) + '\n'
           : std::string(text);
  const bool written = std::fwrite(shown.data(), 1, shown.size(), stdout) == shown.size();
  if (!written || std::fflush(stdout) != 0) throw std::runtime_error("standard output could not be written");
}

namespace {

ordered_json worker_document(const ragqueue::WorkerInfo& worker) {
  ordered_json document = {{"id", worker.id},
                           {"host", worker.host},
                           {"pid", worker.pid},
                           {"started_seconds_ago", worker.started_seconds_ago},
                           {"heartbeat_seconds_ago", worker.heartbeat_seconds_ago},
                           {"running", worker.running},
                           {"embedder_down", nullptr},
                           {"waiting_sources", ordered_json::array()}};
  if (const auto& outage = worker.embedder_outage)
    document["embedder_down"] = {{"seconds", outage->seconds}, {"answer", outage->answer}};
  for (const auto& source : worker.waiting_sources) {
    document["waiting_sources"].push_back(
        {{"source_type", source.source_type}, {"seconds", source.seconds}, {"reason", source.reason}});
  }
  return document;
}

std::string worker_text(const ragqueue::WorkerInfo& worker) {
  std::string text =
      fmt::format("  {} on {}, pid {}: {} running, started {:.0f} s ago, last seen {:.1f} s ago\n", worker.id,
                  one_line(worker.host), worker.pid, worker.running, worker.started_seconds_ago,
                  worker.heartbeat_seconds_ago);
  if (!worker.alive) return text;
  if (const auto& outage = worker.embedder_outage) {
    text += fmt::format("    its embedder has been down for {:.0f} s: {}\n", outage->seconds,
                        one_line(outage->answer));
  }
  for (const auto& source : worker.waiting_sources) {
    text += fmt::format("    {} jobs have waited for {:.0f} s, their source cannot be read: {}\n",
                        one_line(source.source_type), source.seconds, one_line(source.reason));
  }
  return text;
}

}  // namespace

ordered_json status_document(const ragqueue::QueueCounts& counts,
                             std::span<const ragqueue::WorkerInfo> workers) {
  ordered_json living = ordered_json::array();
  ordered_json expired = ordered_json::array();
  for (const auto& worker : workers) (worker.alive ? living : expired).push_back(worker_document(worker));
  ordered_json document = {{"pending", counts.pending},
                           {"running", counts.running},
                           {"done", counts.done},
                           {"failed", counts.failed},
                           {"superseded_failures", counts.superseded_failures},
                           {"oldest_pending_seconds", nullptr},
                           {"workers", std::move(living)},
                           {"expired_workers", std::move(expired)}};
  if (counts.oldest_pending_seconds) document["oldest_pending_seconds"] = *counts.oldest_pending_seconds;
  return document;
}

std::string status_text(const ragqueue::QueueCounts& counts, std::span<const ragqueue::WorkerInfo> workers) {
  std::string text = fmt::format("pending {:>10}", counts.pending);
  if (counts.oldest_pending_seconds)
    text += fmt::format("   the oldest has waited {:.1f} s", *counts.oldest_pending_seconds);
  text += fmt::format("\nrunning {:>10}\ndone    {:>10}\nfailed  {:>10}", counts.running, counts.done,
                      counts.failed);
  if (counts.superseded_failures > 0)
    text += fmt::format("   and {} whose source has been indexed since", counts.superseded_failures);
  const auto living = std::ranges::count_if(workers, &ragqueue::WorkerInfo::alive);
  text += fmt::format("\nworkers {:>10}\n", living);
  for (const auto& worker : workers) {
    if (worker.alive) text += worker_text(worker);
  }
  if (static_cast<std::size_t>(living) == workers.size()) return text;
  text += fmt::format("expired {:>10}   workers whose lease is over\n",
                      workers.size() - static_cast<std::size_t>(living));
  for (const auto& worker : workers) {
    if (!worker.alive) text += worker_text(worker);
  }
  return text;
}

ordered_json findings_document(std::span<const ragqueue::DatabaseFinding> findings) {
  ordered_json listed = ordered_json::array();
  for (const auto& finding : findings)
    listed.push_back({{"message", finding.message}, {"advice", finding.advice}});
  return listed;
}

std::string findings_text(std::span<const ragqueue::DatabaseFinding> findings) {
  std::string text;
  for (const auto& finding : findings)
    text += fmt::format("{}\n  {}\n", one_line(finding.message), one_line(finding.advice));
  return text;
}

ordered_json counters_document(const ragqueue::WorkerCounters& counters) {
  return {{"done", counters.done},     {"retried", counters.retried},
          {"failed", counters.failed}, {"released", counters.released},
          {"lost", counters.lost},     {"left_out_bytes", counters.left_out_bytes}};
}

std::string counters_text(const ragqueue::WorkerCounters& counters) {
  return fmt::format("{} done, {} retried, {} failed, {} given back\n", counters.done, counters.retried,
                     counters.failed, counters.released);
}

}  // namespace rag_worker
