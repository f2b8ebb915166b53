#pragma once

#include <nlohmann/json.hpp>
#include <ragqueue/connection.hpp>
#include <string>
#include <vector>

#include "program.hpp"

namespace program {

/// An application's database of its own, on a server that all tests of this program share: three knowledge
/// base articles, nothing of ragqueue yet.
class Helpdesk {
 public:
  static inline const std::string org = "0a000000-0000-4000-8000-000000000001";
  static inline const std::string paper_jam = "0b000000-0000-4000-8000-000000000001";
  static inline const std::string wifi = "0b000000-0000-4000-8000-000000000002";
  static inline const std::string backup = "0b000000-0000-4000-8000-000000000003";

  Helpdesk();

  [[nodiscard]] const std::string& conninfo() const { return conninfo_; }
  void sql(const std::string& statement);
  /// The first column of the first row.
  [[nodiscard]] std::string text(const std::string& query);

  /// `rag_worker --database … --json ARGUMENTS`, ready to be started.
  [[nodiscard]] Start start(std::vector<std::string> arguments) const;
  /// Runs that; requires exit code 0 and one JSON document, which is returned.
  [[nodiscard]] nlohmann::json json(std::vector<std::string> arguments, const std::string& input = {}) const;

 private:
  std::string conninfo_;
  ragqueue::Connection connection_;
};

/// What the server says against the statement; empty when it does as told.
[[nodiscard]] std::string error_of(const ragqueue::Connection& session, const std::string& statement);

}  // namespace program
