#include "embed/http/http_reply_class.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "base/text.hpp"
#include "embed/http/http_own_words.hpp"

namespace ragqueue {

namespace {

using Kind = ReplyClass::Kind;
using Measure = ReplyClass::Measure;
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
  for (const std::string_view key : {"message", "detail", "errorMessage"}) {
    if (said.message.empty()) said.message = text_at(error, key).value_or("");
  }
  for (const std::string_view key : {"type", "code", "error_type", "errorCode"}) {
    if (const auto name = text_at(error, key)) said.names += *name + ' ';
  }
  return said;
}

Said read_error(std::string_view body) {
  constexpr std::size_t most_bytes = 4'000;  // that are looked into
  auto said = read_json(body);
  if (!said) said.emplace();
  if (said->message.empty()) said->message = body.substr(0, most_bytes);
  said->message.resize(std::min(said->message.size(), most_bytes));
  return *std::move(said);
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != text.npos; });
}

/// Whether the words tell of more than is allowed: a word for what is measured, and one for more.
bool is_about_size(std::string_view said) {
  return has_any(said, {"token", "length", "context", "input", "prompt", "text", "batch", "size", "request",
                        "array", "character"}) &&
         has_any(said, {"exceed", "maximum", "max ", "limit", "longer", "larger", "too long", "too large",
                        "too many", "too big", "range of", "less than", "at most", "reduce", "max_tokens",
                        "max allowed"});
}

Measure measure_of(unsigned status, std::string_view said) {
  if (has_any(said, {"token", "context"})) return Measure::tokens;
  if (has_any(said, {"batch", "inputs", "array", "prompts", "texts", "items", "documents"}))
    return Measure::texts;
  return status == 413 ? Measure::bytes : Measure::unknown;
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

Kind classify_missing(std::string_view said) {
  const bool of_address = said.starts_with("invalid url") || !has_any(said, {"model"});
  return of_address ? Kind::route_missing : Kind::model_missing;
}

Kind classify_failure(unsigned status, std::string_view said) {
  if (status == 501) return Kind::setup;
  if (status == 503) return Kind::overload;
  if (status == 500 && is_about_size(said)) return Kind::too_large;
  return is_about_not_a_number(said) ? Kind::refused : Kind::failed;
}

Kind kind_of(unsigned status, std::string_view said) {
  switch (status) {
    case 400:
    case 422:
      return is_about_size(said) ? Kind::too_large : Kind::refused;
    case 413:
      return Kind::too_large;
    case 401:
    case 403:
      return Kind::key_refused;
    case 404:
      return classify_missing(said);
    case 405:
      return Kind::route_missing;
    case 429:
      return Kind::overload;
    case 408:
    case 409:
    case 424:
    case 425:
      return Kind::failed;
    default:
      if (status >= 500) return classify_failure(status, said);
      return status >= 300 ? Kind::setup : Kind::failed;
  }
}

ReplyClass classify(unsigned status, unsigned shown, const Said& said,
                    std::span<const std::string_view> texts) {
  constexpr std::size_t most_bytes = 500;
  const std::string own = own_words(said.message, texts) + ' ' + own_words(said.names, {});
  ReplyClass reply{.kind = kind_of(status, own)};
  const std::string message(trim(shorten(said.message, most_bytes)));
  reply.words = message.empty() ? fmt::format("HTTP {}", shown) : fmt::format("HTTP {}: {}", shown, message);
  if (reply.kind != Kind::too_large) return reply;
  reply.measure = measure_of(status, own);
  if (reply.measure == Measure::texts) reply.most_texts = limit_in(own, texts.size());
  return reply;
}

}  // namespace

ReplyClass classify_reply(unsigned status, std::string_view body, std::span<const std::string_view> texts) {
  if (status == 200) return {};
  return classify(status, status, read_error(body), texts);
}

ReplyClass classify_unusable_reply(std::string_view body, std::string_view reason,
                                   std::span<const std::string_view> texts) {
  const auto said = read_json(body);
  if (said && !said->message.empty()) return classify(400, 200, *said, texts);
  return {.kind = Kind::failed, .words = fmt::format("a reply that cannot be believed: {}", reason)};
}

}  // namespace ragqueue
