#include "search/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "search/sql.hpp"

namespace ragqueue::pg {

Reading::Reading(pg_conn* connection, const Uuid& organization_id, const ReadOptions& options)
    : connection_(connection), cancel_on_stop_(connection, options.stop) {
  if (options.statement_timeout < std::chrono::milliseconds(1))
    throw InvalidInput("statement_timeout", fmt::format("{} ms", options.statement_timeout.count()),
                       "must be at least 1 ms");
  if (!in_transaction(connection)) own_.emplace(connection, Timeouts::set, Isolation::repeatable_read);
  enter(organization_id, options);
}

Reading::~Reading() {
  if (!open_ || own_ || !in_transaction(connection_)) return;
  try {
    restore();
  } catch (const Error&) {
    // The transaction has failed, and its settings end with it.
    open_ = false;
  }
}

void Reading::enter(const Uuid& organization_id, const ReadOptions& options) {
  const Result before =
      execute(connection_, sql::enter_reading,
              Params().add(organization_id.to_string()).add(std::int64_t{options.statement_timeout.count()}));
  for (std::size_t setting = 0; setting < before_.size(); ++setting)
    before_.at(setting) = before.maybe<std::string>(0, static_cast<int>(setting)).value_or("");
  if (before.get<bool>(0, 3)) return;
  open_ = false;  // nothing was changed
  throw InvalidInput("organization_id", organization_id.to_string(),
                     fmt::format("the session works for organization {} (app.current_org), and row-level "
                                 "security hides all others from it: reset that, or ask for this one",
                                 before_[0]));
}

void Reading::restore() const {
  execute(connection_, sql::leave_reading, Params().add(before_[0]).add(before_[1]).add(before_[2]));
}

void Reading::end() {
  if (own_) {
    own_->commit();
  } else {
    restore();
  }
  open_ = false;
}

}  // namespace ragqueue::pg
