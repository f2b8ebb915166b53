#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "config_file.hpp"

namespace rag_worker {

/// The options that a layer below the command line can set: all but help, version and --config.
[[nodiscard]] std::vector<CLI::Option*> layered_options(CLI::App& app);

/// `--some-name` as the environment calls it: RAGQUEUE_SOME_NAME.
[[nodiscard]] std::string environment_name(const CLI::Option& option);

/// Gives each option that has no value yet the one of the environment. An empty variable counts as unset.
/// Throws UsageError, also for a RAGQUEUE_ variable that is no option's.
void apply_environment(const std::vector<CLI::Option*>& options);

/// Gives each option that has no value yet the one of the file. Throws UsageError, also for a key that is no
/// option.
void apply_config_file(const std::vector<CLI::Option*>& options, const ConfigFile& config,
                       const std::string& path);

}  // namespace rag_worker
