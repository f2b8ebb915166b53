#pragma once

#include <ragqueue/uuid.hpp>
#include <string_view>

/// A shared library of the consumer's own, with ragqueue inside or beside it.
ragqueue::Uuid ticket_id(std::string_view text);
