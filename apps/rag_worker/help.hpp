#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace rag_worker {

/// Shows the options of `run`, which stand on the top level because `run` is the default command, in the help
/// of `run` and not in the program's.
class Help : public CLI::Formatter {
 public:
  [[nodiscard]] std::string make_help(const CLI::App* app, std::string name,
                                      CLI::AppFormatMode mode) const override;
  [[nodiscard]] std::string make_option_opts(const CLI::Option* option) const override;
};

}  // namespace rag_worker
