#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/params.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/uuid.hpp"

struct pg_conn;
struct pg_result;

namespace ragqueue::pg {

/// The rows of a statement, in binary format. Columns are numbered from 0, as the statement lists them.
class Result {
 public:
  explicit Result(pg_result* result) noexcept : result_(result) {}

  [[nodiscard]] int rows() const;
  /// Rows that the statement wrote.
  [[nodiscard]] std::size_t affected() const;
  /// The command's tag, such as COMMIT or ROLLBACK.
  [[nodiscard]] std::string_view command() const;
  [[nodiscard]] int columns() const;
  [[nodiscard]] std::string_view name(int column) const;
  [[nodiscard]] unsigned type(int column) const;  ///< Its oid.
  [[nodiscard]] bool null(int row, int column) const;
  [[nodiscard]] std::string_view bytes(int row, int column) const;

  /// bool, std::int32_t, std::int64_t, double, std::string, Uuid or Timestamp; the column must have just that
  /// type.
  template <class Value>
  [[nodiscard]] Value get(int row, int column) const;
  template <class Value>
  [[nodiscard]] std::optional<Value> maybe(int row, int column) const {
    if (null(row, column)) return std::nullopt;
    return get<Value>(row, column);
  }
  /// A one-dimensional array without NULLs; a NULL array is empty.
  template <class Value>
  [[nodiscard]] std::vector<Value> get_array(int row, int column) const;

 private:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

/// Runs one statement and waits for it. The one door to libpq for all SQL with parameters.
/// Throws Error: Fault::outage when the connection or server is at fault, Fault::job when the statement is.
Result execute(pg_conn* connection, std::string_view sql, const Params& params = {});

/// A statement that a session may keep, and the name that it does so by.
struct PreparedStatement {
  const char* name;
  const std::string_view& sql;
};

/// Has the session keep it.
void prepare(pg_conn* connection, const PreparedStatement& statement);

/// The same; by name alone where the session keeps it (prepared.hpp).
Result execute(pg_conn* connection, const PreparedStatement& statement, const Params& params = {});

/// Sends a statement whose rows nobody needs, in an open transaction or one that it begins. The next call
/// here over the connection brings its reply in the round trip of its own, and throws its error. Before
/// others may use the connection, call sync().
void send_pipelined(pg_conn* connection, std::string_view sql, const Params& params = {});
void send_pipelined(pg_conn* connection, const PreparedStatement& statement, const Params& params = {});

/// Waits for the replies to what was sent by send_pipelined(), if anything was, and throws the first error.
void sync(pg_conn* connection);

/// Runs a script of statements without parameters.
void execute_script(pg_conn* connection, const std::string& sql);

/// The binary COPY that `sql` begins is fed with `rows`, which hold header and trailer. Returns the rows
/// written.
std::size_t copy_in(pg_conn* connection, const std::string& sql, std::string_view rows);

[[nodiscard]] bool in_transaction(pg_conn* connection) noexcept;
/// Open, with no transaction, COPY or failed transaction left on it.
[[nodiscard]] bool idle(pg_conn* connection) noexcept;
/// false once the connection is known to be broken.
[[nodiscard]] bool usable(pg_conn* connection) noexcept;

/// The connection's newest error as an exception, for when no result tells more.
[[nodiscard]] Error connection_error(pg_conn* connection);

}  // namespace ragqueue::pg
