#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/fault_report.hpp"
#include "ragqueue/log.hpp"
#include "worker/outage_watch.hpp"

namespace ragqueue {

/// What is amiss in a worker, by name, told to its log by all of its threads together: one line at once, then
/// ever rarer ones, and one when it works again. Thread-safe.
class Faults {
 public:
  Faults(const Log& log, OutageWatch& database_watch) : log_(log), database_watch_(database_watch) {}

  static constexpr std::string_view database = "the database connection";

  void failed(std::string_view name, std::string_view error);
  void works(std::string_view name);

 private:
  const Log& log_;
  OutageWatch& database_watch_;
  std::mutex mutex_;
  std::map<std::string, FaultReport, std::less<>> reports_;
};

}  // namespace ragqueue
