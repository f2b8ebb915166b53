#include "print_jobs.hpp"

#include <fmt/format.h>

#include "text.hpp"

namespace rag_worker {

namespace {

nlohmann::ordered_json seconds_of(const std::optional<ragqueue::JobInfo::Time>& time) {
  if (!time) return nullptr;
  return std::chrono::duration<double>(time->time_since_epoch()).count();
}

}  // namespace

nlohmann::ordered_json jobs_document(std::span<const ragqueue::JobInfo> jobs) {
  auto document = nlohmann::ordered_json::array();
  for (const ragqueue::JobInfo& job : jobs) {
    nlohmann::ordered_json one{{"id", job.id.to_string()},
                               {"organization_id", job.source.organization_id.to_string()},
                               {"source_type", job.source.source_type},
                               {"source_id", job.source.source_id.to_string()},
                               {"action", job.action},
                               {"priority", job.priority},
                               {"status", to_string(job.status)},
                               {"attempts", job.attempts},
                               {"last_error", job.last_error},
                               {"created_at", seconds_of(job.created_at)},
                               {"updated_at", seconds_of(job.updated_at)},
                               {"due_at", seconds_of(job.due_at)},
                               {"superseded_by", nullptr}};
    if (job.superseded_by) one["superseded_by"] = job.superseded_by->to_string();
    document.push_back(std::move(one));
  }
  return document;
}

std::string jobs_text(std::span<const ragqueue::JobInfo> jobs) {
  std::string text;
  for (const ragqueue::JobInfo& job : jobs) {
    text += fmt::format("{}  {:7}  {:6}  {} {} {}", job.id.to_string(), to_string(job.status),
                        one_line(job.action), job.source.organization_id.to_string(),
                        one_line(job.source.source_type), job.source.source_id.to_string());
    if (job.attempts > 0) text += fmt::format("  {} failed: {}", job.attempts, one_line(job.last_error));
    text += '\n';
  }
  return text;
}

}  // namespace rag_worker
