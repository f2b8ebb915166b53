#include "help.hpp"

#include <string_view>

#include "declare.hpp"

namespace rag_worker {

std::string Help::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  if (app->get_parent() != nullptr) name = app->get_parent()->get_name() + ' ' + app->get_name();
  std::string help = make_description(app) + make_usage(app, name) + make_positionals(app);
  const auto add_options = [this, &help](const CLI::App* owner, const std::string& group) {
    const auto options = owner->get_options([&group](const CLI::Option* option) {
      return option->get_group() == group && option->nonpositional();
    });
    if (!options.empty()) help += make_group(group, false, options);
  };
  for (const std::string& group : app->get_groups()) {
    if (group != run_group && group != hidden_group) add_options(app, group);
  }
  if (app->get_name() == "run") add_options(app->get_parent(), run_group);
  return help + make_subcommands(app, mode) + '\n' + make_footer(app);
}

/// Without what says nothing: the default of a list, and the exclusion of a hidden option.
std::string Help::make_option_opts(const CLI::Option* option) const {
  std::string text = CLI::Formatter::make_option_opts(option);
  for (const std::string_view empty : {"=[]", " Excludes: "}) {
    const std::size_t found = text.find(empty);
    const bool says_more = empty.ends_with(' ') && found + empty.size() < text.size();
    if (found != std::string::npos && !says_more) text.erase(found, empty.size());
  }
  return text;
}

}  // namespace rag_worker
