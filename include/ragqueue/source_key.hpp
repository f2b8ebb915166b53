#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ragqueue/export.hpp"
#include "ragqueue/uuid.hpp"

struct pg_conn;

namespace ragqueue {

/// The UUID that stands for a row whose key is an integer: the same as rag_uuid(bigint) in SQL. Reversible;
/// a UUID of version 8 (RFC 9562) that shows the key in hexadecimal. Thread-safe, as all of these.
[[nodiscard]] RAGQUEUE_EXPORT Uuid uuid_of_key(std::int64_t key) noexcept;

/// The UUID that stands for a row whose key is a text in UTF-8: the same as rag_uuid(text) in SQL, the first
/// 122 bits of its SHA-256 in a UUID of version 8. Not reversible: rag_source_keys has the keys.
[[nodiscard]] RAGQUEUE_EXPORT Uuid uuid_of_key(std::string_view key);

/// The same, and keeps the key, so that a table source (table_source.hpp) finds the row that has it. Triggers
/// do so themselves; an application that enqueues by text keys calls this before, in its
/// transaction. rag_note_keys(text, text[]) in SQL. Throws Error.
RAGQUEUE_EXPORT Uuid keep_key(pg_conn* connection, std::string_view source_type, std::string_view key);

/// The integer that such a UUID stands for; nothing for every other UUID. rag_bigint(uuid) in SQL.
[[nodiscard]] RAGQUEUE_EXPORT std::optional<std::int64_t> integer_key(const Uuid& uuid) noexcept;

}  // namespace ragqueue
