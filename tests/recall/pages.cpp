#include "pages.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace ragqueue::recall {

std::vector<Page> read_pages(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("cannot read {}", path.string()));
  std::vector<Page> pages;
  for (std::string line; std::getline(file, line);) {
    try {
      const auto json = nlohmann::json::parse(line);
      pages.push_back({.name = json.at("name"),
                       .title = json.at("title"),
                       .body = json.at("body"),
                       .description = json.at("desc"),
                       .asked = json.at("question")});
    } catch (const nlohmann::json::exception& error) {
      throw std::runtime_error(fmt::format("{}: line {}: {}", path.string(), pages.size() + 1, error.what()));
    }
  }
  return pages;
}

}  // namespace ragqueue::recall
