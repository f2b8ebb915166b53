#pragma once

#include <string_view>

#include "ragqueue/error.hpp"

namespace ragqueue::pg {

/// What an error of the server to a statement of ours says about who is to blame. Codes: PostgreSQL manual,
/// appendix A.
[[nodiscard]] Fault classify(std::string_view sqlstate) noexcept;

/// true for an error after which the very same transaction may well succeed: serialization, deadlock, a row
/// that another transaction removed meanwhile.
[[nodiscard]] bool is_conflict(std::string_view sqlstate) noexcept;

}  // namespace ragqueue::pg
