#pragma once

#include <CLI/CLI.hpp>

#include "options.hpp"

namespace rag_worker {

/// Declares what a request to an embedding server has beside its texts, and by what it is let in.
void declare_request(CLI::App& app, Settings& settings);

}  // namespace rag_worker
