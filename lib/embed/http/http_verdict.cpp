#include "embed/http/http_verdict.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "base/text.hpp"

namespace ragqueue {

namespace {

using Kind = Verdict::Kind;
using simdjson::dom::element;

/// An error, taken out of its shape: `{"error":{"message","type","code"}}`, `{"error":"text"}`,
/// `{"error","error_type"}`, `{"message","code","type"}`, `{"object":"error",…}`, `{"detail"}`.
struct Said {
  std::string message;
  std::string names;  ///< Type and code, where they are words.
};

std::optional<std::string> text_at(const element& object, std::string_view key) {
  std::string_view text;
  if (object[key].get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string(text);
}

std::optional<Said> read_json(std::string_view body) {
  simdjson::dom::parser parser;
  element root;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS || !root.is_object()) {
    return std::nullopt;
  }
  element error = root;
  Said said;
  if (element inner; root["error"].get(inner) == simdjson::SUCCESS) {
    if (inner.is_object()) error = inner;
    if (inner.is_string()) said.message = std::string(std::string_view(inner));
  }
  for (const std::string_view key : {"message", "detail"}) {
    if (said.message.empty()) said.message = text_at(error, key).value_or("");
  }
  for (const std::string_view key : {"type", "code", "error_type"}) {
    if (const auto name = text_at(error, key)) said.names += *name + ' ';
  }
  return said;
}

Said read_error(std::string_view body) {
  auto said = read_json(body);
  if (said && !said->message.empty()) return *std::move(said);
  return {.message = std::string(body), .names = said ? said->names : ""};
}

std::string lowercase(std::string text) {
  std::ranges::transform(text, text.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 32) : letter;
  });
  return text;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != text.npos; });
}

bool is_about_length(std::string_view said) {
  return has_any(said,
                 {"exceeds the context length", "exceeds the available context", "exceed_context_size",
                  "maximum context length", "is too large to process", "must have less than",
                  "exceeds maximum length", "input is too long", "exceeds the maximum number of tokens"});
}

bool is_about_request_tokens(std::string_view said) {
  return has_any(said, {"max_tokens_per_request", "tokens per request"});
}

bool is_about_count(std::string_view said) {
  return has_any(said, {"array_above_max_length", "array too long", "maximum allowed batch size",
                        "too many prompts", "too many inputs", "batch size exceeds"});
}

bool is_about_not_a_number(std::string_view said) {
  return has_any(
      said, {"nan or inf", "unsupported value: nan", "unsupported value: +inf", "unsupported value: -inf"});
}

/// The largest number in the words that is smaller than what was sent: the server's limit.
std::size_t limit_in(std::string_view words, std::size_t sent) {
  std::size_t limit = 0;
  for (std::size_t at = 0; at < words.size();) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(words.data() + at, words.data() + words.size(), number);
    if (error == std::errc() && number < sent) limit = std::max(limit, number);
    at = std::max(at + 1, static_cast<std::size_t>(end - words.data()));
  }
  return limit;
}

/// Of what the server cannot do with what it was sent.
Kind judge_refusal(unsigned status, std::string_view said) {
  if (is_about_request_tokens(said)) return Kind::too_large;
  if (is_about_length(said)) return Kind::too_long;
  if (is_about_count(said)) return Kind::too_many_texts;
  if (status == 413) return Kind::too_large;
  if (has_any(said, {"encoding_format", "base64"})) return Kind::encoding_refused;
  if (has_any(said, {"dimensions", "matryoshka", "not support embedding", "model parameter", "keep_alive",
                     "invalid duration"}))
    return Kind::setup;
  return Kind::bad_input;
}

Kind judge_missing(std::string_view said) {
  const bool of_address = said.starts_with("invalid url") || !has_any(said, {"model"});
  return of_address ? Kind::route_missing : Kind::model_missing;
}

Kind judge_failure(unsigned status, std::string_view said) {
  if (is_about_length(said)) return Kind::too_long;
  if (is_about_not_a_number(said)) return Kind::bad_input;
  if (status == 501) return Kind::setup;
  return status == 503 ? Kind::overload : Kind::outage;
}

Kind kind_of(unsigned status, std::string_view said) {
  switch (status) {
    case 200:
      return Kind::good;
    case 400:
    case 413:
    case 422:
      return judge_refusal(status, said);
    case 401:
    case 403:
      return Kind::key_refused;
    case 404:
      return judge_missing(said);
    case 405:
      return Kind::route_missing;
    case 429:
      return Kind::overload;
    case 408:
    case 409:
    case 424:
    case 425:
      return Kind::outage;
    default:
      if (status >= 500) return judge_failure(status, said);
      return status >= 300 ? Kind::setup : Kind::outage;
  }
}

}  // namespace

Verdict judge(unsigned status, std::string_view body, std::size_t texts) {
  constexpr std::size_t most_bytes = 500;
  if (status == 200) return {};
  const Said said = read_error(body);
  Verdict verdict{.kind = kind_of(status, lowercase(said.message + ' ' + said.names))};
  const std::string message(trim(shorten(said.message, most_bytes)));
  verdict.words =
      message.empty() ? fmt::format("HTTP {}", status) : fmt::format("HTTP {}: {}", status, message);
  if (verdict.kind == Kind::too_many_texts) verdict.most_texts = limit_in(said.message, texts);
  return verdict;
}

}  // namespace ragqueue
