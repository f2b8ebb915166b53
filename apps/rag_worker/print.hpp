#pragma once

#include <nlohmann/json.hpp>
#include <ragqueue/database_check.hpp>
#include <ragqueue/lease.hpp>
#include <ragqueue/queue.hpp>
#include <ragqueue/worker.hpp>
#include <span>
#include <string>
#include <string_view>

namespace rag_worker {

/// Writes the document, if JSON is wanted, or the text to standard output. Throws when that fails.
void print(bool json, const nlohmann::ordered_json& document, std::string_view text);

[[nodiscard]] nlohmann::ordered_json status_document(const ragqueue::QueueCounts& counts,
                                                     std::span<const ragqueue::WorkerInfo> workers);
[[nodiscard]] std::string status_text(const ragqueue::QueueCounts& counts,
                                      std::span<const ragqueue::WorkerInfo> workers);

/// Message and advice of each.
[[nodiscard]] nlohmann::ordered_json findings_document(std::span<const ragqueue::DatabaseFinding> findings);
[[nodiscard]] std::string findings_text(std::span<const ragqueue::DatabaseFinding> findings);

[[nodiscard]] nlohmann::ordered_json counters_document(const ragqueue::WorkerCounters& counters);
[[nodiscard]] std::string counters_text(const ragqueue::WorkerCounters& counters);

}  // namespace rag_worker
