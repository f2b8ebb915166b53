#pragma once

#include <string>

#include "db/statement.hpp"
#include "ragqueue/connection.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/request.hpp"
#include "ragqueue/testing/postgres.hpp"

namespace ragqueue::testing {

/// The server that all tests of one program share.
PrivatePostgres& server();

/// A schema of its own on that server, with a connection to it.
class Database {
 public:
  /// Empty, or with ragqueue's tables for the embedder.
  Database() : Database(server().new_schema()) {}
  explicit Database(const Embedder& embedder);
  explicit Database(std::string conninfo) : conninfo_(std::move(conninfo)), connection_(conninfo_) {}

  [[nodiscard]] const std::string& conninfo() const { return conninfo_; }
  [[nodiscard]] pg_conn* get() const { return connection_.get(); }
  [[nodiscard]] Connection connect() const { return Connection(conninfo_); }

  void run(const std::string& script) const { pg::execute_script(get(), script); }
  /// The first column of the first row, as text.
  [[nodiscard]] std::string text(const std::string& query) const;
  [[nodiscard]] std::int64_t number(const std::string& query) const { return std::stoll(text(query)); }

 private:
  std::string conninfo_;
  Connection connection_;
};

/// Readable ids for tests: organization 1, source 42.
[[nodiscard]] Uuid uuid(unsigned number);
[[nodiscard]] Request ticket(unsigned number, Action action = Action::upsert,
                             int priority = default_priority);

}  // namespace ragqueue::testing
