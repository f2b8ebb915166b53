#include "source_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ragqueue/source_key.hpp>

namespace rag_worker {

namespace {

using ragqueue::Uuid;

std::optional<std::int64_t> as_integer(std::string_view written) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), number);
  if (error != std::errc() || end != written.data() + written.size()) return std::nullopt;
  return number;
}

bool looks_like_uuid(std::string_view written) {
  constexpr std::size_t length = 36, first_hyphen = 8;
  return written.size() == length && written[first_hyphen] == '-';
}

WrittenKey parse(const std::string& written, bool may_be_text, std::string_view field) {
  constexpr std::string_view text_mark = "text:";
  if (may_be_text && written.starts_with(text_mark)) {
    std::string text = written.substr(text_mark.size());
    return {ragqueue::uuid_of_key(text), std::move(text)};
  }
  if (const auto number = as_integer(written)) return {ragqueue::uuid_of_key(*number), std::nullopt};
  if (!may_be_text || looks_like_uuid(written) || written.empty())
    return {Uuid::parse(written, field), std::nullopt};
  return {ragqueue::uuid_of_key(written), written};
}

}  // namespace

Uuid organization_of(const std::string& written, std::span<const ragqueue::TableSource> tables) {
  return parse(written, !tables.empty(), "organization_id").id;
}

WrittenKey source_key_of(std::string_view source_type, const std::string& written,
                         std::span<const ragqueue::TableSource> tables) {
  const bool of_table = std::ranges::find(tables, source_type, &ragqueue::TableSource::type) != tables.end();
  return parse(written, of_table, "source_id");
}

std::string shown_key(const Uuid& source_id, const std::string& metadata) {
  if (const auto number = ragqueue::integer_key(source_id)) return fmt::format("{}", *number);
  const auto document = nlohmann::json::parse(metadata, nullptr, false);
  if (!document.is_object() || !document.contains("source_key") || !document["source_key"].is_string())
    return source_id.to_string();
  auto key = document["source_key"].get<std::string>();
  return ragqueue::uuid_of_key(key) == source_id ? key : source_id.to_string();
}

}  // namespace rag_worker
