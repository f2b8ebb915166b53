#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

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

[[nodiscard]] std::unique_ptr<Bench> drain();
[[nodiscard]] std::unique_ptr<Bench> edit_trace();
[[nodiscard]] std::unique_ptr<Bench> enqueue();
[[nodiscard]] std::unique_ptr<Bench> enqueue_beside();
[[nodiscard]] std::unique_ptr<Bench> extract();
[[nodiscard]] std::unique_ptr<Bench> filtered_search();
[[nodiscard]] std::unique_ptr<Bench> first_load();
[[nodiscard]] std::unique_ptr<Bench> latency();
[[nodiscard]] std::unique_ptr<Bench> memory();
[[nodiscard]] std::unique_ptr<Bench> model();
[[nodiscard]] std::unique_ptr<Bench> poison();
[[nodiscard]] std::unique_ptr<Bench> reply_cost();
[[nodiscard]] std::unique_ptr<Bench> rescue();
[[nodiscard]] std::unique_ptr<Bench> search_beside();
[[nodiscard]] std::unique_ptr<Bench> standing();
[[nodiscard]] std::unique_ptr<Bench> utilization();
[[nodiscard]] std::unique_ptr<Bench> wal();

}  // namespace ragqueue::bench
