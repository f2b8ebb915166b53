#include "report.hpp"

#include <cstdio>
#include <exception>
#include <ragqueue/error.hpp>
#include <string>

#include "text.hpp"

namespace rag_worker {

namespace {

int report_and_return(int exit_code, std::string_view message) {
  report(message);
  return exit_code;
}

}  // namespace

void report(std::string_view message) {
  const std::string line = "rag_worker: " + one_line(hide_passwords(message)) + '\n';
  std::fputs(line.c_str(), stderr);
}

int report_current_exception() noexcept try { throw; } catch (const UsageError& error) {
  return report_and_return(exit_usage, error.what());
} catch (const ragqueue::InvalidInput& error) {
  return report_and_return(exit_usage, error.what());
} catch (const ragqueue::Error& error) {
  return report_and_return(error.fault() == ragqueue::Fault::outage ? exit_unreachable : exit_failed,
                           error.what());
} catch (const std::exception& error) {
  return report_and_return(exit_failed, error.what());
}

}  // namespace rag_worker
