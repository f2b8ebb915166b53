#include "worker/log_queue.hpp"

#include <fmt/format.h>

#include <utility>

namespace ragqueue {

LogQueue::LogQueue(Log log) : log_(std::make_shared<const Log>(std::move(log))) {
  if (!*log_) return;
  queue_.emplace("rag-log", [log = log_](std::size_t dropped) {
    (*log)({.level = LogLevel::warning,
            .message = fmt::format("{} lines of the log were dropped: it took them too slowly", dropped),
            .fields = {}});
  });
}

Log LogQueue::entrance() const {
  if (!queue_) return {};
  return [log = log_, push = queue_->entrance()](const LogEntry& entry) {
    push([log, entry] { (*log)(entry); });
  };
}

}  // namespace ragqueue
