#include "ragqueue/source_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>

#include "db/cancel_on_stop.hpp"
#include "index/source_query.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

using std::chrono::milliseconds;

constexpr pg::QueryLimits check_limits{.statement = milliseconds(10'000), .lock = milliseconds(1'000)};

constexpr std::array<std::string_view, 3> needed{"id", "title", "body"};
constexpr std::array<std::string_view, 8> read_columns{"id",       "title", "body",     "visibility",
                                                       "metadata", "links", "language", "format"};

/// Levenshtein's distance.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> costs(right.size() + 1);
  for (std::size_t column = 0; column <= right.size(); ++column) costs[column] = column;
  for (std::size_t row = 1; row <= left.size(); ++row) {
    std::size_t diagonal = std::exchange(costs[0], row);
    for (std::size_t column = 1; column <= right.size(); ++column) {
      const std::size_t changed = diagonal + (left[row - 1] == right[column - 1] ? 0 : 1);
      diagonal = std::exchange(costs[column], std::min({changed, costs[column] + 1, costs[column - 1] + 1}));
    }
  }
  return costs.back();
}

/// Of `names`, the one that `name` may have been meant for.
template <class Names>
std::optional<std::string_view> nearest(std::string_view name, const Names& names) {
  const auto found = std::ranges::min_element(
      names, {}, [&](std::string_view candidate) { return distance(name, candidate); });
  if (found == names.end() || distance(name, *found) > 1 + name.size() / 4) return std::nullopt;
  return *found;
}

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Types of which the text is JSON, if it is.
bool may_hold_json(unsigned type) {
  constexpr std::array<unsigned, 6> types{114,  3802, 25,
                                          1043, 1042, 705};  // json, jsonb, text, varchar, char
  return std::ranges::find(types, type) != types.end();
}

class SourceCheck {
 public:
  SourceCheck(pg_conn* connection, const SqlSource& source, std::vector<SourceProblem>& problems)
      : connection_(connection), source_(source), problems_(problems) {}

  void operator()() const {
    try {
      const pg::Result columns =
          plan(fmt::format("SELECT * FROM (\n{}\n) AS application LIMIT 0", pg::without_end(source_.query)));
      if (check_columns(columns)) (void)plan("EXPLAIN " + pg::wrapped(source_.query, source_.language));
    } catch (const Error& error) {
      if (error.sqlstate().empty() || !pg::idle(connection_)) throw;
      problems_.push_back(
          {.source_type = source_.type, .message = error.what(), .sqlstate = error.sqlstate()});
    }
  }

 private:
  [[nodiscard]] pg::Result plan(const std::string& statement) const {
    return pg::query_rows(connection_, statement, {}, {}, check_limits);
  }

  /// Returns whether all are there that must be.
  [[nodiscard]] bool check_columns(const pg::Result& result) const {
    std::vector<std::string> names, unread;
    for (int column = 0; column < result.columns(); ++column) names.emplace_back(result.name(column));
    std::ranges::copy_if(names, std::back_inserter(unread),
                         [](const std::string& name) { return !contains(read_columns, name); });
    bool complete = true;
    for (const std::string_view name : needed) {
      if (contains(names, name)) continue;
      complete = false;
      const auto near = nearest(name, unread);
      add(near ? fmt::format(R"(it has no column "{}"; name "{}" so: AS {})", name, *near, name)
               : fmt::format("it has no column \"{}\"", name),
          true);
      if (near) std::erase(unread, std::string(*near));
    }
    for (const std::string& name : unread) add(unread_column(name), false);
    for (int column = 0; column < result.columns(); ++column) {
      const bool json = names[static_cast<std::size_t>(column)] == "metadata" ||
                        names[static_cast<std::size_t>(column)] == "links";
      if (json && !may_hold_json(result.type(column)))
        add(fmt::format("its column \"{}\" must be JSON, or text that is", result.name(column)), true);
    }
    return complete;
  }

  static std::string unread_column(const std::string& name) {
    const auto near = nearest(name, read_columns);
    return near ? fmt::format(R"(nobody reads its column "{}"; is "{}" meant?)", name, *near)
                : fmt::format(
                      "nobody reads its column \"{}\"; read are id, title, body, visibility, metadata, "
                      "links, language and format",
                      name);
  }

  void add(std::string message, bool stops) const {
    problems_.push_back({.source_type = source_.type, .message = std::move(message), .stops = stops});
  }

  pg_conn* connection_;
  const SqlSource& source_;
  std::vector<SourceProblem>& problems_;
};

}  // namespace

std::vector<SourceProblem> check_sources(pg_conn* connection, std::span<const SqlSource> sources,
                                         const std::stop_token& stop) {
  const pg::CancelOnStop cancel_on_stop(connection, stop);
  std::vector<SourceProblem> problems;
  for (const SqlSource& source : sources) {
    std::vector<SourceProblem> found;
    SourceCheck(connection, source, found)();
    if (stop.stop_requested()) break;  // which may be all that was amiss
    std::ranges::move(found, std::back_inserter(problems));
  }
  return problems;
}

}  // namespace ragqueue
