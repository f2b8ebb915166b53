#include "commands.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <optional>
#include <ragqueue/connection.hpp>
#include <ragqueue/enqueue.hpp>
#include <ragqueue/error.hpp>
#include <ragqueue/grants.hpp>
#include <ragqueue/jobs.hpp>
#include <ragqueue/lease.hpp>
#include <ragqueue/queue.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/vector_index.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "database.hpp"
#include "doctor.hpp"
#include "print.hpp"
#include "print_jobs.hpp"
#include "report.hpp"
#include "request_lines.hpp"
#include "retrieval.hpp"
#include "run.hpp"
#include "setup.hpp"
#include "unknown_type.hpp"

namespace rag_worker {

namespace {

using ragqueue::Connection;
using ragqueue::Duty;
using ragqueue::Uuid;

/// For commands that need no model: whatever embedder the index is bound to. Refuses a role that cannot do
/// what the duty needs.
Connection connect_to_queue(const Settings& settings, Duty duty) {
  Connection connection(open_database(settings));
  ragqueue::require_privileges(connection.get(), duty);
  ragqueue::require_schema(connection.get());
  return connection;
}

void enqueue_lines(const Invocation& invocation) {
  const EnqueueArguments& arguments = invocation.enqueue;
  if (!arguments.organization_id.empty()) throw UsageError("enqueue takes --stdin or ORG TYPE ID, not both");
  const auto requests = read_requests(
      std::cin, {.action = ragqueue::parse_action(arguments.action), .priority = arguments.priority});
  // A stream that stands on stdio ends in the same way after an error as at the end.
  if (std::ferror(stdin) != 0)
    throw std::runtime_error("standard input could not be read; nothing was enqueued");
  const Connection connection = connect_to_queue(invocation.settings, Duty::enqueue);
  const std::size_t count = ragqueue::enqueue_index(connection.get(), requests);
  print(invocation.settings.json, {{"enqueued", count}}, fmt::format("{} enqueued\n", count));
}

void enqueue(const Invocation& invocation) {
  const EnqueueArguments& arguments = invocation.enqueue;
  if (arguments.from_stdin) return enqueue_lines(invocation);
  if (arguments.source_id.empty()) throw UsageError("enqueue needs ORG TYPE ID, or --stdin");
  const ragqueue::Request request{{Uuid::parse(arguments.organization_id, "organization_id"),
                                   arguments.source_type, Uuid::parse(arguments.source_id, "source_id")},
                                  ragqueue::parse_action(arguments.action),
                                  arguments.priority};
  ragqueue::validate(request);
  const Connection connection = connect_to_queue(invocation.settings, Duty::enqueue);
  const std::string id = ragqueue::enqueue_index(connection.get(), request).to_string();
  print(invocation.settings.json, {{"id", id}}, id + '\n');
}

void status(const Invocation& invocation) {
  const Connection connection = connect_to_queue(invocation.settings, Duty::monitor);
  const auto counts = ragqueue::Queue(connection.get()).counts();
  const auto workers = ragqueue::list_workers(connection.get());
  print(invocation.settings.json, status_document(counts, workers), status_text(counts, workers));
}

std::optional<Uuid> parse_if_given(const std::optional<std::string>& text, std::string_view field) {
  if (!text) return std::nullopt;
  return Uuid::parse(*text, field);
}

ragqueue::JobFilter filter_of(const JobArguments& arguments) {
  return {arguments.source_type, parse_if_given(arguments.organization_id, "organization_id"),
          parse_if_given(arguments.id, "id")};
}

void warn_if_unknown(const Invocation& invocation, ragqueue::Queue& queue) {
  const auto& type = invocation.jobs.source_type;
  const auto& sources = invocation.run.sources;
  if (type && !is_configured(*type, sources) && !queue.has_type(*type))
    warn_of_unknown_type(*type, "job", sources);
}

void retry(const Invocation& invocation) {
  const ragqueue::JobFilter filter = filter_of(invocation.jobs);
  const Connection connection = connect_to_queue(invocation.settings, Duty::work);
  ragqueue::Queue queue(connection.get());
  warn_if_unknown(invocation, queue);
  const std::size_t count = queue.retry_failed(filter);
  print(invocation.settings.json, {{"retried", count}}, fmt::format("{} to be tried again\n", count));
}

/// What deletes says whether all are meant.
void require_choice(const Invocation& invocation) {
  const JobArguments& arguments = invocation.jobs;
  const bool filtered = arguments.source_type || arguments.organization_id || arguments.id;
  if (filtered == arguments.all)
    throw UsageError(fmt::format("{} needs --type, --org or --id, or else --all", invocation.command));
}

void discard(const Invocation& invocation) {
  const JobArguments& arguments = invocation.jobs;
  require_choice(invocation);
  const ragqueue::JobFilter filter = filter_of(arguments);
  const Connection connection = connect_to_queue(invocation.settings, Duty::work);
  ragqueue::Queue queue(connection.get());
  warn_if_unknown(invocation, queue);
  const std::size_t count = queue.discard_failed(filter);
  print(invocation.settings.json, {{"discarded", count}}, fmt::format("{} discarded\n", count));
}

void jobs(const Invocation& invocation) {
  const JobArguments& arguments = invocation.jobs;
  ragqueue::JobListing listing{.filter = filter_of(arguments), .limit = arguments.limit};
  if (arguments.status) listing.status = ragqueue::parse_job_status(*arguments.status);
  const Connection connection = connect_to_queue(invocation.settings, Duty::work);
  const auto found = ragqueue::list_jobs(connection.get(), listing);
  print(invocation.settings.json, jobs_document(found), jobs_text(found));
}

void cancel(const Invocation& invocation) {
  require_choice(invocation);
  const ragqueue::JobFilter filter = filter_of(invocation.jobs);
  const Connection connection = connect_to_queue(invocation.settings, Duty::work);
  ragqueue::Queue queue(connection.get());
  warn_if_unknown(invocation, queue);
  const std::size_t count = ragqueue::cancel_jobs(connection.get(), filter);
  print(invocation.settings.json, {{"cancelled", count}}, fmt::format("{} cancelled\n", count));
}

void grants(const Invocation& invocation) {
  const Duty duty = ragqueue::parse_duty(invocation.grants.duty);
  const Connection connection(open_database(invocation.settings));
  ragqueue::require_schema(connection.get());
  const std::string sql = ragqueue::grants(connection.get(), invocation.grants.role, duty);
  print(invocation.settings.json, {{"sql", sql}}, sql);
}

void database(const Invocation& invocation) {
  const std::string conninfo = open_database(invocation.settings);
  print(invocation.settings.json, {{"database", conninfo}}, conninfo + '\n');
}

void stop(const Invocation& invocation) {
  stop_local_database(invocation.settings);
  print(invocation.settings.json, {{"stopped", invocation.settings.local}},
        fmt::format("stopped PostgreSQL in {}\n", invocation.settings.local));
}

struct Command {
  std::string_view name;
  void (*execute)(const Invocation&);
};

constexpr std::array commands{
    Command{"init", init},       Command{"uninstall", uninstall}, Command{"run", run},
    Command{"enqueue", enqueue}, Command{"status", status},       Command{"retry", retry},
    Command{"discard", discard}, Command{"search", search},       Command{"similar", similar},
    Command{"related", related}, Command{"grants", grants},       Command{"doctor", doctor},
    Command{"stop", stop},       Command{"database", database},   Command{"jobs", jobs},
    Command{"cancel", cancel},
};

}  // namespace

void execute(const Invocation& invocation) {
  for (const Command& command : commands) {
    if (command.name == invocation.command) return command.execute(invocation);
  }
}

}  // namespace rag_worker
