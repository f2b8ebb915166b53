#pragma once

#include <nlohmann/json.hpp>
#include <ragqueue/jobs.hpp>
#include <span>
#include <string>

namespace rag_worker {

/// Times as seconds since 1970, or null.
[[nodiscard]] nlohmann::ordered_json jobs_document(std::span<const ragqueue::JobInfo> jobs);
/// One line for each.
[[nodiscard]] std::string jobs_text(std::span<const ragqueue::JobInfo> jobs);

}  // namespace rag_worker
