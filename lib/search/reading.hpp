#pragma once

#include <array>
#include <optional>
#include <string>

#include "db/cancel_on_stop.hpp"
#include "db/transaction.hpp"
#include "ragqueue/read_options.hpp"
#include "ragqueue/uuid.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// What a reader's statements run in: the caller's transaction, or one of their own that reads a single
/// snapshot. app.current_org is the organization's, for row-level security; each statement has a time limit,
/// and ends when the client goes. A caller's transaction gets its settings back.
/// Throws InvalidInput where the session works for another organization, whose rows alone it may see.
class Reading {
 public:
  Reading(pg_conn* connection, const Uuid& organization_id, const ReadOptions& options);
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  void end();

 private:
  void enter(const Uuid& organization_id, const ReadOptions& options);
  void restore() const;

  pg_conn* connection_;
  CancelOnStop cancel_on_stop_;
  std::optional<Transaction> own_;
  std::array<std::string, 3> before_;  ///< The caller's settings, as enter_reading.sql returns them.
  bool open_ = true;
};

}  // namespace ragqueue::pg
