#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace ragqueue::bench {

/// The text of baseline/NAME.sql.
inline std::string baseline_sql(const std::string& name) {
  std::ifstream file(std::string(BENCH_BASELINE) + "/" + name + ".sql");
  if (!file) throw std::runtime_error("cannot read baseline/" + name + ".sql");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace ragqueue::bench
