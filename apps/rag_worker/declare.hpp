#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "options.hpp"

namespace rag_worker {

/// The help's heading over the options of `run` (help.hpp).
inline constexpr const char* run_group = "Options of run";
inline constexpr const char* embedder_group = "Options of the embedder";
/// Of run too, and in no help: former names.
inline constexpr const char* hidden_group = "";

/// Declares every command and option; the only place that names them. Values go straight to `invocation` and
/// `config_file`.
void declare(CLI::App& app, Invocation& invocation, std::string& config_file);

}  // namespace rag_worker
