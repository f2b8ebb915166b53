// The calls that one would write, and what each misuse of a connection is told.
#include <libpq-fe.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "claims.hpp"
#include "ragqueue/enqueue_statement.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/group_enqueuer.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using testing::Claims;
using testing::Database;
using testing::ticket;
using testing::uuid;
using testing::WordEmbedder;

namespace {

constexpr const char* row = "SELECT concat_ws(' ', source_type, action, priority) FROM rag_index_queue";

auto now() {
  return std::chrono::system_clock::now();
}

Request later(Request request, std::chrono::hours by) {
  request.not_before = now() + by;
  return request;
}

using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// As a program does whose client is not ours, and leaves the parameters' type to the server (0), or names
/// it.
Result execute(pg_conn* connection, const EnqueueStatement& statement, Oid type = 0) {
  const std::vector<Oid> types(statement.parameters.size(), type);
  std::vector<const char*> values;
  for (const std::string& parameter : statement.parameters) values.push_back(parameter.c_str());
  return {PQexecParams(connection, statement.sql.c_str(), static_cast<int>(values.size()), types.data(),
                       values.data(), nullptr, nullptr, 0),
          &PQclear};
}

template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  FAIL("accepted");
  return {Fault::job, ""};
}

}  // namespace

TEST_CASE("a source is enqueued by its key, with action and priority where they differ") {
  const Database database{WordEmbedder{}};
  const SourceKey source{.organization_id = uuid(1), .source_type = "kb", .source_id = uuid(7)};
  enqueue_index(database.get(), source);
  CHECK(database.text(row) == "kb upsert 5");
  database.run("DELETE FROM rag_index_queue");
  enqueue_index(database.get(), source, Action::remove, 9);
  CHECK(database.text(row) == "kb delete 9");
}

TEST_CASE("typed ids and plain text are enqueued alike; upsert is what is meant") {
  const Database database{WordEmbedder{}};
  enqueue_index(database.get(), OrganizationId(uuid(1)), "kb", SourceId(uuid(7)));
  enqueue_index(database.get(), uuid(1), "kb", uuid(7));
  enqueue_index(database.get(), uuid(1).to_string(), "kb", "{" + uuid(7).to_string() + "}");
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE action = 'upsert' AND priority = 5 AND "
                        "organization_id = '" +
                        uuid(1).to_string() + "' AND source_id = '" + uuid(7).to_string() + "'") == 3);
}

TEST_CASE_METHOD(Claims, "a request for a later moment is claimed from then on") {
  const auto moment = now() + 1h;
  Request request = ticket(1);
  request.not_before = moment;
  enqueue(request);
  enqueue_index(database.get(), std::vector<Request>{later(ticket(2), 1h)});
  GroupEnqueuer({.conninfo = database.conninfo()}).enqueue(later(ticket(3), 1h)).get();
  CHECK(execute(database.get(), enqueue_statement(later(ticket(4), 1h))));
  CHECK(claim().empty());
  const auto seconds = std::chrono::duration<double>(moment.time_since_epoch()).count();
  CHECK(std::stod(database.text("SELECT max(abs(extract(epoch FROM run_at) - " + std::to_string(seconds) +
                                ")) FROM rag_index_queue")) < 60);
  database.run("UPDATE rag_index_queue SET run_at = run_at - interval '1 hour'");
  CHECK(claim().size() == 4);
}

TEST_CASE_METHOD(Claims, "a request for a later moment is left alone by those that run before it") {
  enqueue(later(ticket(1, Action::remove), 1h));
  enqueue(ticket(1));
  enqueue(ticket(1));
  const std::vector<Job> jobs = claim();
  REQUIRE(jobs.size() == 1);
  CHECK(jobs.front().request.action == Action::upsert);
  queue.complete(jobs);
  CHECK(statuses() == "pending done done");
  database.run("UPDATE ONLY rag_index_queue SET run_at = now()");
  REQUIRE(claim().size() == 1);
}

TEST_CASE_METHOD(Claims, "a queue in which only later moments wait is finished for now") {
  enqueue(later(ticket(1), 1h));
  CHECK(queue.finished());
  enqueue(ticket(2));
  CHECK_FALSE(queue.finished());
}

TEST_CASE_METHOD(Claims, "a newer request supersedes one that waits between two attempts") {
  enqueue(ticket(1));
  (void)queue.fail(std::vector<Failure>{{.job = claim().front(), .message = "down", .permanent = false}},
                   RetryPolicy{});
  enqueue(ticket(1));
  queue.complete(claim());
  CHECK(statuses() == "done done");
}

TEST_CASE("the statement does what enqueue_index does, in the transaction of whoever runs it") {
  const Database database{WordEmbedder{}};
  database.run("BEGIN");
  CHECK(PQresultStatus(execute(database.get(), enqueue_statement(ticket(1))).get()) == PGRES_TUPLES_OK);
  database.run("ROLLBACK");
  CHECK(database.number("SELECT count(*) FROM rag_index_queue") == 0);
  const EnqueueStatement statement = enqueue_statement(ticket(1, Action::remove, 9));
  const Result result = execute(database.get(), statement);
  CHECK(PQgetvalue(result.get(), 0, 0) == statement.id.to_string());
  CHECK(database.text("SELECT id FROM rag_index_queue") == statement.id.to_string());
  CHECK(database.text(row) == "ticket delete 9");
}

TEST_CASE("the statement takes its parameters as what they look like and as text") {
  const Database database{WordEmbedder{}};
  constexpr Oid text = 25;
  for (const Oid type : {Oid{0}, text}) {
    for (const Request& request : {ticket(1), later(ticket(1), 1h)})
      CHECK(PQresultStatus(execute(database.get(), enqueue_statement(request), type).get()) ==
            PGRES_TUPLES_OK);
  }
}

TEST_CASE("a connection that cannot take an enqueue is named with its state and the one that is needed") {
  const Database database{WordEmbedder{}};
  const auto found = [&] {
    try {
      enqueue_index(database.get(), ticket(1));
    } catch (const Misuse& error) {
      CHECK(error.fault() == Fault::setup);
      CHECK_THAT(error.what(), ContainsSubstring(error.found()) && ContainsSubstring(error.expected()));
      return error.found();
    }
    return std::string("accepted");
  };
  try {
    enqueue_index(nullptr, ticket(1));
    FAIL("accepted");
  } catch (const Misuse& error) {
    CHECK(error.found() == "null");
  }
  PQenterPipelineMode(database.get());
  CHECK(found() == "in pipeline mode");
  PQexitPipelineMode(database.get());

  PQsendQuery(database.get(), "SELECT 1");
  CHECK(found() == "busy with a query or a COPY");
  while (PGresult* rest = PQgetResult(database.get())) PQclear(rest);

  database.run("BEGIN");
  CHECK_THROWS(database.run("SELECT 1 / 0"));
  CHECK(found() == "in a transaction that has failed");
  database.run("ROLLBACK");
  CHECK(found() == "accepted");
}

TEST_CASE("a call that needs its own transaction says that one is open") {
  const Database database{WordEmbedder{}};
  database.run("BEGIN");
  try {
    prepare_statements(database.get());
    FAIL("accepted");
  } catch (const Misuse& error) {
    CHECK(error.found() == "in a transaction");
    CHECK_THAT(error.expected(), ContainsSubstring("no transaction open"));
  }
}

TEST_CASE("an enqueue in a read-only transaction is a fault of set-up, and says so") {
  const Database database{WordEmbedder{}};
  database.run("BEGIN READ ONLY");
  const Error error = error_of([&] { enqueue_index(database.get(), ticket(1)); });
  CHECK(error.fault() == Fault::setup);
  CHECK_THAT(error.what(), ContainsSubstring("READ ONLY"));
}

TEST_CASE("an enqueue without a schema says how to get one") {
  const Database empty;
  for (const Request& request : {ticket(1), later(ticket(1), 1h)}) {
    const Error error = error_of([&] { enqueue_index(empty.get(), request); });
    CHECK(error.fault() == Fault::setup);
    CHECK_THAT(error.what(), ContainsSubstring("rag_worker init"));
  }
  CHECK_THAT(error_of([&] { enqueue_index(empty.get(), std::vector<Request>{ticket(1)}); }).what(),
             ContainsSubstring("rag_worker init"));
}
