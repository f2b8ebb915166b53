#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ragqueue::recall {

/// A page of the collection. Its description is the question that the page answers, and no part of what is
/// indexed.
struct Page {
  std::string name;
  std::string title;
  std::string body;
  std::string description;
  bool asked = false;  ///< Whether the description is put as a question.
};

/// Reads what examples/quickstart/pages.py prints: a JSON object a line. Throws std::runtime_error naming the
/// line that is wrong.
[[nodiscard]] std::vector<Page> read_pages(const std::filesystem::path& path);

}  // namespace ragqueue::recall
