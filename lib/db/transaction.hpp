#pragma once

#include <type_traits>

struct pg_conn;

namespace ragqueue::pg {

/// Whether a transaction's waits are limited as limits.sql says.
enum class Timeouts { none, set };

/// What its statements see, whatever the server's default is: each what was committed before it, also while
/// it waited for locks; or all the same, of which they change nothing.
enum class Isolation { read_committed, repeatable_read };

/// A transaction that rolls back unless committed. It begins in the round trip of its first statement, which
/// must be one of statement.hpp's. Throws Misuse when one is open already, for it is not ours to end.
class Transaction {
 public:
  explicit Transaction(pg_conn* connection, Timeouts timeouts = Timeouts::set,
                       Isolation isolation = Isolation::read_committed);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Throws Error, also when the server rolled back instead because an error in the transaction was
  /// swallowed.
  void commit();

 private:
  pg_conn* connection_;
  bool open_ = true;
};

/// Does `work` in a transaction of its own, so that it waits for nothing longer than limits.sql allows.
template <class Work>
auto limited(pg_conn* connection, const Work& work) {
  Transaction transaction(connection);
  if constexpr (std::is_void_v<decltype(work())>) {
    work();
    transaction.commit();
  } else {
    auto result = work();
    transaction.commit();
    return result;
  }
}

}  // namespace ragqueue::pg
