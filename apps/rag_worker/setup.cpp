#include "setup.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <ragqueue/canaries.hpp>
#include <ragqueue/connection.hpp>
#include <ragqueue/database_check.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/vector_index.hpp>
#include <string>
#include <vector>

#include "database.hpp"
#include "embedder.hpp"
#include "print.hpp"
#include "report.hpp"
#include "text.hpp"
#include "texts_in_index.hpp"

namespace rag_worker {

namespace {

using ragqueue::Connection;

void dry_run(const Invocation& invocation, pg_conn* connection, const ragqueue::Embedder& embedder) {
  const std::vector<std::string> findings = ragqueue::examine_schema(connection, embedder);
  std::string text;
  for (const std::string& finding : findings) text += finding + '\n';
  print(invocation.settings.json, {{"findings", findings}}, text + "nothing was changed\n");
}

/// Findings come on standard output, in text as they are found; who is waited for on standard error.
ragqueue::Log report_to(std::vector<std::string>& findings, bool json) {
  return [&findings, json](const ragqueue::LogEntry& entry) {
    if (entry.level != ragqueue::LogLevel::info) {
      std::cerr << one_line(entry.message) << std::endl;
      return;
    }
    findings.push_back(entry.message);
    if (!json) print(false, {}, one_line(entry.message) + '\n');
  };
}

}  // namespace

void init(const Invocation& invocation) {
  const std::string conninfo = open_database(invocation.settings);
  const Connection connection(conninfo);
  const auto embedder = make_embedder(invocation.settings);
  if (invocation.init.dry_run) return dry_run(invocation, connection.get(), *embedder);
  std::vector<std::string> findings;
  if (invocation.init.rebuild_index) {
    ragqueue::rebuild_index(connection.get(), *embedder);
  } else {
    ragqueue::create_or_upgrade_schema(connection.get(), *embedder,
                                       report_to(findings, invocation.settings.json));
  }
  ragqueue::store_canaries(connection.get(), *embedder);
  const auto roles = ragqueue::blind_roles(connection.get());
  const auto unknown = ragqueue::count_chunks_without_vector(connection.get()).value_or(0);
  if (unknown > 0)
    report_to(findings, invocation.settings.json)({.message = unknown_texts(unknown), .fields = {}});
  const int version = ragqueue::schema_version();
  const auto vector_index =
      to_string(ragqueue::build_vector_index(conninfo, invocation.run.worker.vector_index_from));
  print(invocation.settings.json,
        {{"schema_version", version},
         {"embedder", embedder->name()},
         {"dimension", embedder->dimension()},
         {"vector_index", vector_index},
         {"findings", findings},
         {"roles", findings_document(roles)}},
        fmt::format("schema version {}, embedder {} of {} dimensions, vector index {}\n{}", version,
                    embedder->name(), embedder->dimension(), vector_index, findings_text(roles)));
}

void uninstall(const Invocation& invocation) {
  const bool json = invocation.settings.json;
  if (invocation.uninstall.dry_run == invocation.uninstall.yes)
    throw UsageError("uninstall takes --dry-run, to see what it does, or --yes, to do it");
  const Connection connection(open_database(invocation.settings));
  const std::vector<std::string> statements = ragqueue::uninstall_statements(connection.get());
  const std::vector<std::string> left = ragqueue::uninstall_remains(connection.get());
  if (invocation.uninstall.yes) {
    std::vector<std::string> said;
    ragqueue::uninstall_schema(connection.get(), report_to(said, json));
  }
  print(json, {{"statements", statements}, {"left", left}, {"done", invocation.uninstall.yes}},
        fmt::format("{};\n-- What stays:\n--   {}\n{}\n", fmt::join(statements, ";\n"),
                    fmt::join(left, "\n--   "), invocation.uninstall.yes ? "done" : "nothing was changed"));
}

}  // namespace rag_worker
