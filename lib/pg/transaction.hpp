#pragma once

struct pg_conn;

namespace ragqueue::pg {

/// A transaction that rolls back unless committed. Throws InvalidInput when one is open already, for it is
/// not ours to end.
class Transaction {
 public:
  explicit Transaction(pg_conn* connection);
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

}  // namespace ragqueue::pg
