#include "search/metadata_filter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

using nlohmann::json;

constexpr int max_depth = 20;

class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}

  /// The predicate that `filter`, an object, puts to the value at `place`.
  [[nodiscard]] std::string predicate(const json& filter, const std::string& place, int depth) const {
    if (!filter.is_object()) throw refusal("a condition must be a JSON object");
    if (depth > max_depth) throw refusal(fmt::format("it is nested more than {} deep", max_depth));
    std::vector<std::string> parts;
    for (const auto& [key, value] : filter.items()) parts.push_back(part(key, value, place, depth));
    return parts.empty() ? "(1 == 1)" : fmt::format("({})", fmt::join(parts, " && "));
  }

 private:
  [[nodiscard]] std::string part(const std::string& key, const json& value, const std::string& place,
                                 int depth) const {
    if (key == "$and") return joined(value, place, " && ", depth);
    if (key == "$or") return joined(value, place, " || ", depth);
    if (key == "$not") return "!" + predicate(value, place, depth + 1);
    if (key.starts_with('$')) return comparison(key, value, place);
    const std::string inner = fmt::format("{}.{}", place, json(key).dump());
    if (value.is_object()) return predicate(value, inner, depth + 1);
    return comparison("$eq", value, inner);
  }

  [[nodiscard]] std::string joined(const json& filters, const std::string& place, std::string_view with,
                                   int depth) const {
    if (!filters.is_array() || filters.empty()) throw refusal("$and and $or take an array of conditions");
    std::vector<std::string> parts;
    for (const json& filter : filters) parts.push_back(predicate(filter, place, depth + 1));
    return fmt::format("({})", fmt::join(parts, with));
  }

  [[nodiscard]] std::string comparison(const std::string& key, const json& value,
                                       const std::string& place) const {
    if (key == "$exists") {
      if (!value.is_boolean()) throw refusal("$exists takes true or false");
      return fmt::format("{}exists({})", value.get<bool>() ? "" : "!", place);
    }
    if (key == "$in" || key == "$nin") return membership(value, place, key == "$nin");
    struct Operator {
      std::string_view key, path;
    };
    constexpr std::array operators{Operator{"$eq", "=="}, Operator{"$gt", ">"}, Operator{"$gte", ">="},
                                   Operator{"$lt", "<"}, Operator{"$lte", "<="}};
    if (key == "$ne") return "!" + compared("==", value, place);
    const auto* found = std::ranges::find(operators, std::string_view(key), &Operator::key);
    if (found == operators.end()) {
      throw refusal(fmt::format(
          "'{}' is no operator; there are $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $and, $or and "
          "$not",
          key));
    }
    return compared(found->path, value, place);
  }

  [[nodiscard]] std::string membership(const json& values, const std::string& place, bool negated) const {
    if (!values.is_array() || values.empty()) throw refusal("$in and $nin take an array of values");
    std::vector<std::string> parts;
    for (const json& value : values) parts.push_back(compared("==", value, place));
    return fmt::format("{}({})", negated ? "!" : "", fmt::join(parts, " || "));
  }

  /// exists, so that a value of another type, or none, is false and never unknown.
  [[nodiscard]] std::string compared(std::string_view path_operator, const json& value,
                                     const std::string& place) const {
    if (value.is_structured())
      throw refusal("beside operators, and within them, values are strings, numbers, true, false or null");
    return fmt::format("exists({} ? (@ {} {}))", place, path_operator, value.dump());
  }

  [[nodiscard]] InvalidInput refusal(const std::string& why) const {
    return {"metadata", std::string(text_), why};
  }

  std::string_view text_;
};

bool has_operators(const json& value) {
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.items(), [](const auto& item) {
    return item.key().starts_with('$') || has_operators(item.value());
  });
}

}  // namespace

MetadataFilter parse_metadata_filter(std::string_view text) {
  if (text.empty()) return {};
  const json filter = json::parse(text, nullptr, false);
  if (!filter.is_object()) throw InvalidInput("metadata", std::string(text), "must be a JSON object");
  json contained = json::object();
  json asked = json::object();
  for (const auto& [key, value] : filter.items())
    (key.starts_with('$') || has_operators(value) ? asked : contained)[key] = value;
  return {.contained = contained.empty() ? "" : contained.dump(),
          .path = asked.empty() ? "" : Translator(text).predicate(asked, "$", 0)};
}

}  // namespace ragqueue
