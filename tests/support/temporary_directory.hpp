#pragma once

#include <unistd.h>

#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

#include "support/remove_tree.hpp"

namespace ragqueue::testing {

/// A directory of a test's own, gone with the object. One that cannot be removed is told on standard error: a
/// destructor that throws would end the program, and with it all other tests.
class TemporaryDirectory {
 public:
  /// In the system's directory for temporary files, unless `parent` is another.
  explicit TemporaryDirectory(const std::string& name = "ragqueue",
                              const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string pattern = parent / (name + "-XXXXXX");
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    try {
      remove_tree(path_);
    } catch (const std::exception& error) {
      std::cerr << "left behind: " << error.what() << '\n';
    }
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace ragqueue::testing
