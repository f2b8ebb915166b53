#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace ragqueue::bench {

/// One row of a table: column names to values, in the order of printing. All rows of a table have the same
/// columns.
using Row = nlohmann::ordered_json;
using Table = std::vector<Row>;

/// One measurement, by name: a subcommand of ragqueue_bench.
class Bench {
 public:
  virtual ~Bench() = default;
  virtual void declare(CLI::App& options) = 0;
  /// Measures. Throws when what it measures does not hold.
  [[nodiscard]] virtual Table run() = 0;
};

[[nodiscard]] std::unique_ptr<Bench> edit_trace();
[[nodiscard]] std::unique_ptr<Bench> filtered_search();

}  // namespace ragqueue::bench
