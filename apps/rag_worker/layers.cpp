#include "layers.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "report.hpp"

namespace rag_worker {

namespace {

/// A value of a layer, and how to point at it in a message.
struct Given {
  std::string value;
  std::string where;
};
using Layer = std::function<std::optional<Given>(const CLI::Option&)>;

std::string key_name(const CLI::Option& option) {
  std::string name = option.get_lnames().front();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

void give(CLI::Option& option, const Given& given) try {
  option.add_result(given.value);
  option.run_callback();
} catch (const CLI::ParseError& error) {
  throw UsageError(fmt::format("{}: {}", given.where, error.what()));
}

/// Whatever a layer above has set stands, also against an option that excludes it.
void apply_layer(const std::vector<CLI::Option*>& options, const Layer& layer) {
  std::set<const CLI::Option*> settled;
  for (const CLI::Option* option : options) {
    if (option->count() == 0) continue;
    settled.insert(option);
    for (const CLI::Option* excluded : option->get_excludes()) settled.insert(excluded);
  }
  std::set<const CLI::Option*> given_here;
  for (CLI::Option* option : options) {
    if (settled.contains(option)) continue;
    const auto given = layer(*option);
    if (!given) continue;
    for (const CLI::Option* excluded : option->get_excludes()) {
      if (!given_here.contains(excluded)) continue;
      throw UsageError(fmt::format("{}: excludes {}", given->where, excluded->get_name()));
    }
    give(*option, *given);
    given_here.insert(option);
  }
}

}  // namespace

std::vector<CLI::Option*> layered_options(CLI::App& app) {
  const auto can_be_set = [](const CLI::Option* option) {
    const auto& names = option->get_lnames();
    static const std::set<std::string> command_line_only{"help", "version", "config", "all"};
    return !names.empty() && !command_line_only.contains(names.front());
  };
  std::vector<CLI::Option*> options = app.get_options(can_be_set);
  for (CLI::App* command : app.get_subcommands({})) {
    const auto more = command->get_options(can_be_set);
    options.insert(options.end(), more.begin(), more.end());
  }
  return options;
}

std::string environment_name(const CLI::Option& option) {
  std::string name = "RAGQUEUE_" + key_name(option);
  std::transform(name.begin(), name.end(), name.begin(), [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  });
  return name;
}

void refuse_unknown_variables(const std::vector<CLI::Option*>& options) {
  constexpr std::string_view prefix = "RAGQUEUE_";
  std::set<std::string, std::less<>> known{"RAGQUEUE_CONFIG", "RAGQUEUE_EMBEDDER_KEY"};
  for (const CLI::Option* option : options) known.insert(environment_name(*option));
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable(*entry);
    const std::string_view name = variable.substr(0, variable.find('='));
    if (!name.starts_with(prefix) || known.contains(name)) continue;
    throw UsageError(fmt::format("the environment variable {} is no option's", name));
  }
}

void apply_environment(const std::vector<CLI::Option*>& options) {
  refuse_unknown_variables(options);
  apply_layer(options, [](const CLI::Option& option) -> std::optional<Given> {
    const std::string name = environment_name(option);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return Given{value, name};
  });
}

void apply_config_file(const std::vector<CLI::Option*>& options, const ConfigFile& config,
                       const std::string& path) {
  for (const auto& [key, value] : config.values) {
    const auto is_named = [&key = key](const CLI::Option* option) { return key_name(*option) == key; };
    if (std::any_of(options.begin(), options.end(), is_named)) continue;
    throw UsageError(fmt::format("{}: unknown key '{}'", path, key));
  }
  apply_layer(options, [&](const CLI::Option& option) -> std::optional<Given> {
    const auto found = config.values.find(key_name(option));
    if (found == config.values.end()) return std::nullopt;
    return Given{found->second, fmt::format("{}: {}", path, found->first)};
  });
}

}  // namespace rag_worker
