#pragma once

#include <libpq-fe.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "db/statement.hpp"

namespace ragqueue::bench {

/// Statements that a session of the baseline keeps. Does not own the connection.
class Prepared {
 public:
  explicit Prepared(pg_conn* connection) : connection_(connection) {}

  void prepare(const char* name, const std::string& sql) const {
    (void)checked(PQprepare(connection_, name, sql.c_str(), 0, nullptr));
  }

  [[nodiscard]] pg::Result run(const char* name, const pg::Params& params) const {
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const auto& value : params.values()) {
      values.push_back(value->data());
      lengths.push_back(static_cast<int>(value->size()));
    }
    const std::vector<int> binary(values.size(), 1);
    return checked(
        PQexecPrepared(connection_, name, params.count(), values.data(), lengths.data(), binary.data(), 1));
  }

 private:
  [[nodiscard]] pg::Result checked(PGresult* raw) const {
    pg::Result result(raw);
    const ExecStatusType status = PQresultStatus(raw);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
      throw std::runtime_error(PQerrorMessage(connection_));
    return result;
  }

  pg_conn* connection_;
};

}  // namespace ragqueue::bench
