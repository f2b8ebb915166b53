#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "config_file.hpp"
#include "declare.hpp"
#include "layers.hpp"
#include "report.hpp"

namespace rag_worker {

namespace {

/// Returns false when help or the version was asked for, and prints it.
bool parse_arguments(CLI::App& app, int argc, const char* const* argv) try {
  app.parse(argc, argv);
  return true;
} catch (const CLI::Success& asked) {
  app.exit(asked);
  return false;
} catch (const CLI::ParseError& error) {
  throw UsageError(fmt::format("{} (rag_worker --help tells more)", error.what()));
}

void refuse_run_options(CLI::App& app, const std::string& command) {
  for (const CLI::Option* option : app.get_options()) {
    const bool of_run = option->get_group() == run_group || option->get_group() == hidden_group;
    if (option->count() == 0 || !of_run) continue;
    throw UsageError(
        fmt::format("--{} is an option of run, not of {}", option->get_lnames().front(), command));
  }
}

void add_or_replace(std::vector<ragqueue::SqlSource>& sources, const ragqueue::SqlSource& source) {
  const auto same_type = [&source](const ragqueue::SqlSource& other) { return other.type == source.type; };
  const auto found = std::find_if(sources.begin(), sources.end(), same_type);
  if (found == sources.end()) {
    sources.push_back(source);
  } else {
    found->query = source.query;
  }
}

void apply_lower_layers(CLI::App& app, Invocation& invocation, std::string path) {
  const auto options = layered_options(app);
  apply_environment(options);
  if (path.empty()) {
    const char* variable = std::getenv("RAGQUEUE_CONFIG");
    if (variable != nullptr) path = variable;
  }
  if (path.empty()) return;
  const ConfigFile config = read_config_file(path);
  apply_config_file(options, config, path);
  for (const auto& source : config.sources) add_or_replace(invocation.run.sources, source);
}

}  // namespace

std::optional<Invocation> parse_command_line(int argc, const char* const* argv) {
  Invocation invocation;
  std::string config_file;
  CLI::App app("Keeps a RAG search index in step with the rows of a PostgreSQL database.", "rag_worker");
  declare(app, invocation, config_file);
  if (!parse_arguments(app, argc, argv)) return std::nullopt;
  const auto commands = app.get_subcommands();
  invocation.command = commands.empty() ? "run" : commands.front()->get_name();
  if (invocation.command != "run") refuse_run_options(app, invocation.command);
  apply_lower_layers(app, invocation, config_file);
  return invocation;
}

}  // namespace rag_worker
