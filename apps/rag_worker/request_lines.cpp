#include "request_lines.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ragqueue/error.hpp>
#include <string>
#include <string_view>

#include "report.hpp"
#include "source_keys.hpp"

namespace rag_worker {

namespace {

using ragqueue::InvalidInput;
using ragqueue::Request;

std::vector<std::string_view> split_words(std::string_view line) {
  constexpr std::string_view white_space = " \t\r\v\f";
  std::vector<std::string_view> words;
  std::size_t start = line.find_first_not_of(white_space);
  while (start != std::string_view::npos) {
    const std::size_t end = line.find_first_of(white_space, start);
    words.push_back(line.substr(start, end - start));
    start = line.find_first_not_of(white_space, end);
  }
  return words;
}

int parse_priority(std::string_view text) {
  int priority = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, priority);
  if (error != std::errc() || stopped != end) throw InvalidInput("priority", text, "not a whole number");
  return priority;
}

Request read_request(const std::vector<std::string_view>& words, const RequestDefaults& defaults) {
  if (words.size() < 3 || words.size() > 5) throw UsageError("expected ORG TYPE ID [ACTION [PRIORITY]]");
  Request request{{organization_of(std::string(words[0]), {}), std::string(words[1]),
                   source_key_of(words[1], std::string(words[2]), {}).id},
                  words.size() > 3 ? ragqueue::parse_action(words[3]) : defaults.action,
                  words.size() > 4 ? parse_priority(words[4]) : defaults.priority};
  ragqueue::validate(request);
  return request;
}

}  // namespace

std::vector<Request> read_requests(std::istream& input, const RequestDefaults& defaults) {
  std::vector<Request> requests;
  std::string line;
  for (std::size_t number = 1; std::getline(input, line); ++number) {
    const auto words = split_words(line);
    if (words.empty()) continue;
    try {
      requests.push_back(read_request(words, defaults));
    } catch (const std::runtime_error& error) {
      throw UsageError(
          fmt::format("standard input, line {}: {}; nothing was enqueued", number, error.what()));
    }
  }
  return requests;
}

}  // namespace rag_worker
