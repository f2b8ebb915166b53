#include "ragqueue/request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

std::string_view to_string(Action action) noexcept {
  return action == Action::upsert ? "upsert" : "delete";
}

Action parse_action(std::string_view text) {
  if (text == "upsert") return Action::upsert;
  if (text == "delete") return Action::remove;
  throw InvalidInput("action", text, "expected upsert or delete");
}

void validate(const Request& request) {
  const std::string& type = request.source.source_type;
  if (type.empty()) throw InvalidInput("source_type", type, "must not be empty");
  if (find_invalid_utf8(type) || type.find('\0') != std::string::npos) {
    throw InvalidInput("source_type", type, "must be UTF-8 without NUL");
  }
  const auto characters = static_cast<std::size_t>(
      std::count_if(type.begin(), type.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
  if (characters > max_source_type_length) {
    throw InvalidInput("source_type", type,
                       fmt::format("{} characters; at most {}", characters, max_source_type_length));
  }
  if (request.priority < min_priority || request.priority > max_priority) {
    throw InvalidInput("priority", std::to_string(request.priority),
                       fmt::format("must be from {} to {}", min_priority, max_priority));
  }
}

}  // namespace ragqueue
