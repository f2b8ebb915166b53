#pragma once

#include <memory>
#include <stop_token>
#include <thread>

struct pg_conn;
struct pg_cancel;

namespace ragqueue::pg {

/// While it lives, what the connection's server executes is cancelled (57014) once `stop` is requested, again
/// and again, since a request can fall between two statements. The connection must outlive it.
class CancelOnStop {
 public:
  CancelOnStop(pg_conn* connection, const std::stop_token& stop);
  ~CancelOnStop();
  CancelOnStop(const CancelOnStop&) = delete;
  CancelOnStop& operator=(const CancelOnStop&) = delete;

 private:
  struct Free {
    void operator()(pg_cancel* cancel) const noexcept;
  };
  struct Start {
    CancelOnStop* self;
    void operator()() const { self->start(); }
  };
  void start();
  void cancel(const std::stop_token& enough) const;

  std::unique_ptr<pg_cancel, Free> cancel_;
  std::jthread thread_;
  std::stop_callback<Start> callback_;  ///< Last, so that it ends first.
};

}  // namespace ragqueue::pg
