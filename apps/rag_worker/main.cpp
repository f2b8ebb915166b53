#include "commands.hpp"
#include "descriptors.hpp"
#include "options.hpp"
#include "report.hpp"

int main(int argc, char** argv) {
  try {
    rag_worker::take_missing_descriptors();
    if (const auto invocation = rag_worker::parse_command_line(argc, argv)) rag_worker::execute(*invocation);
    return rag_worker::exit_done;
  } catch (...) {
    return rag_worker::report_current_exception();
  }
}
