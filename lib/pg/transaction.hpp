#pragma once

struct pg_conn;

namespace ragqueue::pg {

/// A transaction that rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(pg_conn* connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  pg_conn* connection_;
  bool open_ = true;
};

}  // namespace ragqueue::pg
