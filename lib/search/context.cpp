#include "ragqueue/context.hpp"

#include <fmt/format.h>

namespace ragqueue {

std::string prompt_context(std::span<const SearchHit> hits, std::size_t max_tokens,
                           const std::function<std::size_t(std::string_view)>& count_tokens) {
  std::string context;
  std::size_t used = 0;
  int number = 0;
  for (const SearchHit& hit : hits) {
    for (const Passage& passage : hit.passages) {
      const std::string block = fmt::format("[{}] {} ({} {})\n{}\n\n", number + 1, hit.title, hit.source_type,
                                            hit.source_id.to_string(), passage.text);
      const std::size_t tokens = count_tokens(block);
      if (tokens > max_tokens - used) continue;
      used += tokens;
      ++number;
      context += block;
    }
  }
  return context;
}

}  // namespace ragqueue
