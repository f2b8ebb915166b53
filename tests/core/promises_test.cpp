#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

const fs::path root = RAGQUEUE_SOURCE_DIR;

std::string content(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<int> promises_in(const std::string& text) {
  static const std::regex tag(R"(\[promise-(\d+)\])");
  std::set<int> found;
  for (std::sregex_iterator match(text.begin(), text.end(), tag), end; match != end; ++match)
    found.insert(std::stoi((*match)[1]));
  return found;
}

}  // namespace

TEST_CASE("every promise has tests that carry its tag, and lib/README.md says where it is kept") {
  const std::set<int> told = promises_in(content(root / "lib/README.md"));
  std::set<int> tested;
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests")) {
    if (entry.path().extension() == ".cpp") tested.merge(promises_in(content(entry.path())));
  }
  CHECK(told.size() == 15);
  CHECK(told == tested);
}

TEST_CASE("every room says what it holds") {
  for (const auto& entry : fs::recursive_directory_iterator(root / "lib")) {
    if (entry.path().filename() != "CMakeLists.txt" ||
        content(entry.path()).find("ragqueue_room(") == std::string::npos)
      continue;
    CAPTURE(entry.path().parent_path());
    CHECK(fs::exists(entry.path().parent_path() / "README.md"));
  }
}
