#include "unknown_type.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "report.hpp"
#include "text.hpp"

namespace rag_worker {

bool is_configured(std::string_view source_type, std::span<const ragqueue::SqlSource> sources) {
  return std::ranges::find(sources, source_type, &ragqueue::SqlSource::type) != sources.end();
}

void warn_of_unknown_type(std::string_view source_type, std::string_view what,
                          std::span<const ragqueue::SqlSource> sources) {
  std::vector<std::string> known;
  for (const ragqueue::SqlSource& source : sources) known.push_back(source.type);
  report(fmt::format("--type {}: no {} has this source type, and it is not configured; configured are {}",
                     one_line(source_type), what, fmt::join(known, ", ")));
}

}  // namespace rag_worker
