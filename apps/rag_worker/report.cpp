#include "report.hpp"

#include <exception>
#include <ragqueue/error.hpp>
#include <string>

#include "terminal.hpp"
#include "text.hpp"

namespace rag_worker {

namespace {

int report_and_return(int exit_code, std::string_view message) {
  report(message);
  return exit_code;
}

}  // namespace

void report(std::string_view message) {
  write_error("rag_worker: " + one_line(hide_passwords(message)) + '\n');
}

int report_current_exception() noexcept try { throw; } catch (const UsageError& error) {
  return report_and_return(exit_usage, error.what());
} catch (const ragqueue::InvalidInput& error) {
  return report_and_return(exit_usage, error.what());
} catch (const JobsFailed&) {
  return exit_jobs_failed;
} catch (const ragqueue::Error& error) {
  return report_and_return(error.fault() == ragqueue::Fault::outage ? exit_unreachable : exit_failed,
                           error.what());
} catch (const std::exception& error) {
  return report_and_return(exit_failed, error.what());
}

}  // namespace rag_worker
