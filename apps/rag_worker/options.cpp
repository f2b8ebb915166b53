#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string_view>

#include "config_file.hpp"
#include "declare.hpp"
#include "layers.hpp"
#include "report.hpp"

namespace rag_worker {

namespace {

/// CLI11 takes a value in brackets for a list: [] is none. A mark before it hides that, until unmark().
constexpr char literal_mark = '\x1f';

std::string unmark(std::string value) {
  if (value.starts_with(literal_mark)) value.erase(0, 1);
  return value;
}

/// As CLI11 wants them: without the program's name, the last one first.
std::vector<std::string> literal_arguments(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  for (std::string& argument : arguments) {
    if (argument.starts_with('[') && argument.ends_with(']')) argument.insert(0, 1, literal_mark);
  }
  std::ranges::reverse(arguments);
  return arguments;
}

void unmark_values(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() > 0) option->transform(unmark, "", "");
  }
  for (CLI::App* command : app.get_subcommands({})) unmark_values(*command);
}

constexpr std::string_view advice_on_dashes = "words that begin with - come after --: search ORG -- WORDS";

std::string_view usage_advice(const CLI::App& app, const CLI::ParseError& error) {
  const bool of_words = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr ||
                        dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  return of_words && app.got_subcommand("search") ? advice_on_dashes : "rag_worker --help tells more";
}

/// CLI11 reads -how as -h.
void refuse_word_as_help(int argc, const char* const* argv) {
  for (const std::string_view argument : std::span(argv, static_cast<std::size_t>(argc))) {
    if (argument == "--") return;
    if (argument.starts_with("-h") && argument != "-h")
      throw UsageError(fmt::format("{} is not an option ({})", argument, advice_on_dashes));
  }
}

/// Returns false when help or the version was asked for, and prints it.
bool parse_arguments(CLI::App& app, int argc, const char* const* argv) try {
  unmark_values(app);
  app.parse(literal_arguments(argc, argv));
  return true;
} catch (const CLI::Success& asked) {
  refuse_word_as_help(argc, argv);
  app.exit(asked);
  return false;
} catch (const CLI::ParseError& error) {
  throw UsageError(fmt::format("{} ({})", error.what(), usage_advice(app, error)));
}

void refuse_run_options(CLI::App& app, const std::string& command) {
  for (const CLI::Option* option : app.get_options()) {
    const bool of_run = option->get_group() == run_group || option->get_group() == hidden_group;
    if (option->count() == 0 || !of_run) continue;
    throw UsageError(
        fmt::format("--{} is an option of run, not of {}", option->get_lnames().front(), command));
  }
}

void warn_of_idle_options(CLI::App& app, const std::string& embedder) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    const bool of_model = name == "--model-file" || name == "--model-threads";
    const bool of_server = option->get_group() == embedder_group && name != "--embedder";
    const bool of_other = (name == "--embedder-keep-alive" && embedder == "openai") ||
                          (name == "--embedder-encoding" && embedder == "ollama");
    const bool idle = embedder == "builtin" ? of_server : of_model || of_other;
    if (option->count() > 0 && idle)
      report(fmt::format("{} has no effect with --embedder {}", name, embedder));
  }
}

/// Who names a server and does not say that it is to embed would get the built-in model, and its vectors.
void refuse_idle_options(CLI::App& app, const std::string& embedder) {
  if (app.get_option("--embedder")->count() > 0) return warn_of_idle_options(app, embedder);
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0 || option->get_group() != embedder_group) continue;
    throw UsageError(
        fmt::format("{} has no effect without --embedder ollama or --embedder openai", option->get_name()));
  }
}

void add_or_replace(std::vector<ragqueue::SqlSource>& sources, const ragqueue::SqlSource& source) {
  const auto same_type = [&source](const ragqueue::SqlSource& other) { return other.type == source.type; };
  const auto found = std::find_if(sources.begin(), sources.end(), same_type);
  if (found == sources.end()) {
    sources.push_back(source);
  } else {
    *found = source;
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
  invocation.tables = config.tables;
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
  refuse_idle_options(app, invocation.settings.embedder);
  return invocation;
}

}  // namespace rag_worker
