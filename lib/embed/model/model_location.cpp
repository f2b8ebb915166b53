#include "embed/model/model_location.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <string>
#include <system_error>
#include <vector>

#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

namespace fs = std::filesystem;

constexpr int parents_searched = 3;

/// The file of the shared library, or of the program, that this function is linked into.
fs::path this_module() {
  Dl_info info{};
  link_map* module = nullptr;
  const auto* address = reinterpret_cast<const void*>(&this_module);
  if (dladdr1(address, &info, reinterpret_cast<void**>(&module), RTLD_DL_LINKMAP) == 0) return {};
  // The program itself has no name here, and argv[0] is whatever its caller made it.
  const fs::path path = *module->l_name == '\0' ? fs::path("/proc/self/exe") : fs::path(module->l_name);
  std::error_code error;
  return fs::canonical(path, error);
}

std::vector<fs::path> candidates() {
  const fs::path name = fs::path("ragqueue") / "use-lite-en.ragq";
  std::vector<fs::path> paths;
  fs::path directory = this_module().parent_path();
  for (int level = 0; level <= parents_searched && !directory.empty(); ++level) {
    paths.push_back(directory / "share" / name);
    if (directory == directory.root_path()) break;
    directory = directory.parent_path();
  }
  paths.push_back(fs::path(RAGQUEUE_INSTALL_DATADIR) / name);
  paths.push_back(fs::path(RAGQUEUE_BUILD_DATADIR) / name);
  return paths;
}

}  // namespace

fs::path find_builtin_model() {
  std::string tried;
  for (const fs::path& path : candidates()) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) return path;
    tried += "\n  " + path.string();
  }
  throw Error(
      Fault::setup,
      fmt::format(
          "the built-in model's file is in none of the places where it belongs; install ragqueue again, "
          "or name the file:{}",
          tried));
}

}  // namespace ragqueue
