#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace ragqueue::bench {

/// The text of floor/NAME.sql.
inline std::string floor_sql(const std::string& name) {
  std::ifstream file(std::string(BENCH_FLOOR) + "/" + name + ".sql");
  if (!file) throw std::runtime_error("cannot read floor/" + name + ".sql");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace ragqueue::bench
