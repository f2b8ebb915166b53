#include "log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "terminal.hpp"
#include "text.hpp"

namespace rag_worker {

namespace {

using nlohmann::ordered_json;
using ragqueue::LogEntry;
using ragqueue::LogLevel;

spdlog::level::level_enum level_of(const LogEntry& entry) {
  switch (entry.level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

std::string quoted_if_needed(std::string_view value) {
  std::string line = one_line(value);
  const bool plain = !line.empty() && line.find_first_of(" \"=") == std::string::npos;
  return plain ? line : ordered_json(line).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

/// The members of a JSON object without its first brace: spdlog's pattern puts time and level before them.
std::string json_members(const LogEntry& entry) {
  ordered_json object = {{"message", entry.message}};
  for (const auto& [name, value] : entry.fields) object[name] = value;
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace).substr(1);
}

class ErrorSink final : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    write_error({line.data(), line.size()});
  }
  void flush_() override {}
};

}  // namespace

std::string text_line(const LogEntry& entry) {
  std::string line = one_line(entry.message);
  for (const auto& [name, value] : entry.fields) line += fmt::format(" {}={}", name, quoted_if_needed(value));
  return line;
}

ragqueue::Log make_log(bool json, bool debug) {
  auto logger = std::make_shared<spdlog::logger>("rag_worker", std::make_shared<ErrorSink>());
  if (debug) logger->set_level(spdlog::level::debug);
  logger->set_pattern(
      json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
      spdlog::pattern_time_type::utc);
  return [logger, json](const LogEntry& entry) {
    logger->log(level_of(entry), json ? json_members(entry) : text_line(entry));
  };
}

}  // namespace rag_worker
