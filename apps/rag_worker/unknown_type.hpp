#pragma once

#include <ragqueue/source_fetcher.hpp>
#include <span>
#include <string_view>

namespace rag_worker {

[[nodiscard]] bool is_configured(std::string_view source_type, std::span<const ragqueue::SqlSource> sources);

/// Says that a --type may be misspelt: it is not configured, and no `what` ("job") has it. Only a warning: a
/// worker in another program may know types that this one does not.
void warn_of_unknown_type(std::string_view source_type, std::string_view what,
                          std::span<const ragqueue::SqlSource> sources);

}  // namespace rag_worker
