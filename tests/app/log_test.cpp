#include "log.hpp"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("a log entry is one line, with values quoted where they need it") {
  const ragqueue::LogEntry entry{ragqueue::LogLevel::warning,
                                 "job failed\n",
                                 {{"job", "17"}, {"error", "no\nsuch \"column\""}, {"note", ""}}};
  CHECK(rag_worker::text_line(entry) == R"(job failed job=17 error="no such \"column\"" note="")");
}
