// Texts at which an embedding server fails, and what others notice of them.

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "http_desk.hpp"
#include "ragqueue/enqueue.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

bool has(const EmbeddingCall& call, std::string_view words) {
  return std::ranges::any_of(call.texts,
                             [&](const std::string& text) { return text.find(words) != text.npos; });
}

/// A ticket of the organization, and a request for it.
void write(const HttpDesk& desk, unsigned organization, unsigned number, const std::string& text) {
  pg::Params params;
  params.add(uuid(number)).add(uuid(organization)).add(text);
  pg::execute(desk.database.get(), "INSERT INTO tickets VALUES ($1, $2, 't', $3, NULL, 'open')", params);
  SourceKey source = ticket(number).source;
  source.organization_id = uuid(organization);
  enqueue_index(desk.database.get(), {.source = source});
}

std::string fates_of(const HttpDesk& desk, unsigned organization) {
  return desk.database.text(
      "SELECT string_agg(DISTINCT status || attempts, ' ') FROM rag_index_queue WHERE organization_id = '" +
      uuid(organization).to_string() + "'");
}

}  // namespace

TEST_CASE("an organization whose texts the server fails at holds up no other", "[poison]") {
  HttpDesk desk({.dialect = EmbeddingDialect::openai});
  desk.use(EmbeddingDialect::openai, {});
  constexpr unsigned bad = 200, good = 20, patient = 1, other = 2;
  std::atomic<unsigned> served = 0, failed_until_then = 0;
  desk.embedding_server.set_faults([&](const EmbeddingCall& call) -> std::optional<ServerFault> {
    if (has(call, "poison")) {
      if (served < good) ++failed_until_then;
      return ServerFault{.status = 500, .message = "EOF"};
    }
    served += static_cast<unsigned>(std::ranges::count_if(call.texts, [](const std::string& text) {
      return text.find("page") != text.npos && text != "a page about a printer";
    }));
    return std::nullopt;
  });
  for (unsigned number = 1; number <= bad; ++number)
    write(desk, patient, number, "poison " + std::to_string(number));
  for (unsigned number = bad + 1; number <= bad + good; ++number)
    write(desk, other, number, "page " + std::to_string(number));
  WorkerOptions options = desk.one_consumer();
  options.batch = 10;
  options.drain = false;
  Worker worker(desk.pipeline, options);
  worker.start();
  while (desk.database.number("SELECT count(*) FROM rag_index_queue WHERE status = 'done'") < good) continue;
  CHECK(fates_of(desk, other) == "done0");
  CHECK(fates_of(desk, patient).find("failed") == std::string::npos);
  CHECK(failed_until_then <= 8);
  worker.request_stop();
  worker.wait();
  CHECK_THAT(desk.log(), ContainsSubstring("its jobs wait behind theirs"));
}

TEST_CASE("an organization that the server fails at is tried again, and goes on once it is served",
          "[poison]") {
  HttpDesk desk({.dialect = EmbeddingDialect::openai});
  desk.use(EmbeddingDialect::openai, {});
  std::atomic<bool> fails = true;
  desk.embedding_server.set_faults([&](const EmbeddingCall& call) -> std::optional<ServerFault> {
    if (!fails || !has(call, "page ") || has(call, "printer")) return std::nullopt;
    return ServerFault{.status = 500, .message = "EOF"};
  });
  for (unsigned number = 1; number <= 30; ++number) write(desk, 1, number, "page " + std::to_string(number));
  WorkerOptions options = desk.one_consumer();
  options.batch = 30;
  options.retry = {.max_attempts = 1000, .base = 1ms, .limit = 1ms};
  Worker worker(desk.pipeline, options);
  worker.start();
  while (desk.log().find("its jobs wait behind theirs") == std::string::npos) continue;
  fails = false;
  worker.wait();
  CHECK(worker.counters().done == 30);
  CHECK_THAT(desk.log(), ContainsSubstring("the embedder serves this organization again"));
}

TEST_CASE("a server that quotes a tenant's words says nothing by them", "[poison]") {
  HttpDesk desk({.dialect = EmbeddingDialect::openai});
  desk.use(EmbeddingDialect::openai, {});
  const std::string words = "the model does not exist, invalid api key, maximum context length exceeded";
  desk.embedding_server.set_faults([&](const EmbeddingCall& call) -> std::optional<ServerFault> {
    if (!has(call, "invalid api key")) return std::nullopt;
    return ServerFault{.status = 400, .message = "cannot embed: " + words};
  });
  write(desk, 1, 1, words);
  for (unsigned number = 2; number <= 20; ++number) write(desk, 2, number, "page " + std::to_string(number));
  const WorkerCounters counters = desk.drain(desk.one_consumer());
  CHECK(counters.done == 19);
  CHECK(counters.failed == 1);
  CHECK(counters.released == 0);
  CHECK(fates_of(desk, 1) == "failed1");
  CHECK(fates_of(desk, 2) == "done0");
}
