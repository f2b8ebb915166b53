#include "table_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ragqueue/error.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "report.hpp"

namespace rag_worker {

namespace {

/// The keys of one TOML table, each read once; what nobody has read is unknown.
class Keys {
 public:
  Keys(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  std::string text(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) return {};
    if (const auto* text = node->as_string()) return text->get();
    throw UsageError(fmt::format("{}: the key {} must be a string", where_, key));
  }

  /// An integer is taken as a text.
  std::string text_or_number(std::string_view key) {
    const toml::node* node = find(key);
    const auto* number = node == nullptr ? nullptr : node->as_integer();
    return number == nullptr ? text(key) : fmt::format("{}", number->get());
  }

  double number(std::string_view key, double fallback) {
    const toml::node* node = find(key);
    if (node == nullptr) return fallback;
    if (const auto number = node->value<double>()) return *number;
    throw UsageError(fmt::format("{}: the key {} must be a number", where_, key));
  }

  bool flag(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) return false;
    if (const auto* flag = node->as_boolean()) return flag->get();
    throw UsageError(fmt::format("{}: the key {} must be true or false", where_, key));
  }

  /// One string stands for a list of one.
  std::vector<std::string> texts(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) return {};
    if (const auto* text = node->as_string()) return {text->get()};
    std::vector<std::string> listed;
    const auto* array = node->as_array();
    if (array == nullptr) refuse_list(key);
    for (const toml::node& item : *array) {
      if (!item.is_string()) refuse_list(key);
      listed.push_back(item.as_string()->get());
    }
    return listed;
  }

  template <class Read>
  void tables(std::string_view key, const Read& read) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    if (array == nullptr)
      throw UsageError(fmt::format("{}: the key {} must be a list of tables", where_, key));
    for (const toml::node& item : *array) {
      if (!item.is_table())
        throw UsageError(fmt::format("{}: the key {} must be a list of tables", where_, key));
      Keys keys(*item.as_table(), fmt::format("{}: {}", where_, key));
      read(keys);
      keys.refuse_unknown();
    }
  }

  void refuse_unknown() const {
    for (const auto& [key, value] : table_) {
      if (!known_.contains(std::string(key.str())))
        throw UsageError(
            fmt::format("{}: unknown key '{}'; known are {}", where_, key.str(), fmt::join(known_, ", ")));
    }
  }

 private:
  const toml::node* find(std::string_view key) {
    known_.emplace(key);
    return table_.get(key);
  }
  [[noreturn]] void refuse_list(std::string_view key) const {
    throw UsageError(fmt::format("{}: the key {} must be a list of column names", where_, key));
  }

  const toml::table& table_;
  std::string where_;
  std::set<std::string> known_;
};

}  // namespace

ragqueue::TableSource read_table_source(const std::string& name, const toml::table& table,
                                        const std::string& path) {
  const std::string where = fmt::format("{}: [source.{}]", path, name);
  Keys keys(table, where);
  ragqueue::TableSource source{.type = name,
                               .table = keys.text("table"),
                               .key = keys.text("key"),
                               .organization = keys.text("organization"),
                               .organization_constant = keys.text_or_number("organization_constant"),
                               .title = keys.text("title"),
                               .body = keys.texts("body"),
                               .where = keys.text("where"),
                               .visibility = keys.text("visibility"),
                               .metadata = keys.texts("metadata"),
                               .language = keys.text("language"),
                               .watch = keys.flag("watch")};
  keys.tables("links", [&](Keys& link) {
    const std::string edge_type = link.text("edge_type");
    source.links.push_back({.type = link.text("type"),
                            .column = link.text("column"),
                            .edge_type = edge_type.empty() ? "related" : edge_type,
                            .weight = link.number("weight", 1)});
  });
  keys.tables("depends", [&](Keys& other) {
    source.depends.push_back(
        {.table = other.text("table"), .key = other.text("key"), .columns = other.texts("columns")});
  });
  keys.refuse_unknown();
  try {
    ragqueue::validate(source);
  } catch (const ragqueue::InvalidInput& error) {
    throw UsageError(fmt::format("{}: {}", where, error.what()));
  }
  return source;
}

}  // namespace rag_worker
