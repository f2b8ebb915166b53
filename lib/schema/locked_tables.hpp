#pragma once

#include <functional>
#include <span>
#include <string>

#include "ragqueue/log.hpp"

struct pg_conn;

namespace ragqueue::pg {

/// Before an index is built on the table while others work, which waits in silence for all who have written
/// to it or hold it: waits for those that are at it now, and `log` hears who that is. Gives up after ten
/// minutes.
void await_writers(pg_conn* connection, const std::string& table, const Log& log);

/// Does `work` in a transaction that has `tables` for itself. Whoever wants to read or write them never waits
/// longer for the locks than half a second: then the attempt is given up and made again, and `log` hears who
/// holds them. Throws Error (Fault::setup) with the holders after ten minutes.
void with_locked_tables(pg_conn* connection, std::span<const std::string> tables, const Log& log,
                        const std::function<void()>& work);

/// The same, but others may go on reading them.
void with_tables_locked_for_writers(pg_conn* connection, std::span<const std::string> tables, const Log& log,
                                    const std::function<void()>& work);

/// Does `work` in a transaction that keeps every other init of this schema out; readers and workers go on. As
/// long as another init is at work it waits, and `log` hears who that is.
void with_locked_schema(pg_conn* connection, const Log& log, const std::function<void()>& work);

/// Until the transaction ends no worker registers or revives its lease. Throws Error (Fault::setup) when one
/// lives.
void shut_out_workers(pg_conn* transaction);

}  // namespace ragqueue::pg
