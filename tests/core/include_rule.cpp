#include "include_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace ragqueue::testing {

namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

struct File {
  std::string path;  ///< From the root.
  std::string room;  ///< `public`, `apps`, or the folder of lib.
  std::vector<std::string> includes;
};

const std::map<std::string, Names> rooms_seen_by = {
    {"base", {"base"}},
    {"db", {"base", "db"}},
    {"queue", {"base", "db", "queue"}},
    {"chunk", {"base", "chunk"}},
    {"index", {"base", "db", "chunk", "index"}},
    {"search", {"base", "db", "search"}},
    {"schema", {"base", "db", "index", "schema"}},
    {"embed/model", {"base", "embed/model"}},
    {"embed/http", {"base", "embed/http"}},
    {"extract", {"extract"}},
    {"worker", {"base", "db", "queue", "chunk", "index", "schema", "worker"}},
    {"local", {"local"}},
    {"testing", {"base", "local", "testing"}},
};

/// Of the world's libraries, those that only these rooms may include.
const std::map<std::string, Names> libraries_of_rooms = {
    {"libpq", {"db"}},           {"postgres_ext.h", {"db"}},
    {"curl/", {"embed/http"}},   {"simdjson", {"embed/http"}},
    {"Eigen/", {"embed/model"}}, {"libxml/", {"extract"}},
    {"md4c", {"extract"}},
};

const Names standard_io = {"cstdio", "filesystem", "fstream", "iostream", "thread"};

bool is_standard(const std::string& include) {
  return std::all_of(include.begin(), include.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

/// Libraries that compute and do nothing else.
bool is_pure_library(const std::string& include) {
  return include.starts_with("fmt/") || include.starts_with("openssl/") || include.starts_with("unicode/");
}

std::string first_folder(const std::string& include) {
  const std::size_t slash = include.find('/');
  return slash == std::string::npos ? "" : include.substr(0, slash);
}

/// The room of a path from lib; where there is none of that name, its first folder.
std::string room_of(const std::string& path) {
  for (const auto& [room, seen] : rooms_seen_by) {
    if (path.starts_with(room + "/")) return room;
  }
  return first_folder(path);
}

/// Why a file of `room` may not include this; empty if it may.
std::string objection(const std::string& room, const std::string& include) {
  for (const auto& [library, owners] : libraries_of_rooms) {
    if (include.starts_with(library) && !owners.contains(room))
      return library + " belongs to lib/" + *owners.begin();
  }
  const std::string folder = room_of(include);
  if (folder == "ragqueue") return "";
  if (room == "public") return is_standard(include) ? "" : "a public header has only std and ragqueue";
  if (include.find("..") != std::string::npos) return "a room is named by its path from lib";
  if (room == "apps")
    return rooms_seen_by.contains(folder) && folder != "local" ? "apps use public headers and lib/local" : "";
  if (rooms_seen_by.contains(folder)) {
    return rooms_seen_by.at(room).contains(folder) ? "" : "lib/" + room + " does not see lib/" + folder;
  }
  const bool pure = room == "base" || room == "chunk";
  if (pure && (standard_io.contains(include) || !is_standard(include)) && !is_pure_library(include))
    return "lib/" + room + " does no I/O";
  return "";
}

std::string_view skip_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

/// The file that a line includes; empty if it is no #include.
std::string_view included_file(std::string_view line) {
  for (const std::string_view word : {"#", "include"}) {
    line = skip_space(line);
    if (!line.starts_with(word)) return {};
    line.remove_prefix(word.size());
  }
  line = skip_space(line);
  if (line.empty() || (line.front() != '<' && line.front() != '"')) return {};
  const std::size_t end = line.find(line.front() == '<' ? '>' : '"', 1);
  return end == std::string_view::npos ? std::string_view() : line.substr(1, end - 1);
}

std::vector<std::string> read_includes(const fs::path& path) {
  std::vector<std::string> result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (const std::string_view name = included_file(line); !name.empty()) result.emplace_back(name);
  }
  return result;
}

void read_files(const fs::path& root, const std::string& top, std::vector<File>& files) {
  if (!fs::exists(root / top)) return;
  for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".hpp" && extension != ".ipp" && extension != ".cpp") continue;
    const std::string path = fs::relative(entry.path(), root).generic_string();
    std::string room = top == "apps" ? "apps" : "public";
    if (top == "lib") room = room_of(path.substr(top.size() + 1));
    files.push_back({.path = path, .room = std::move(room), .includes = read_includes(entry.path())});
  }
}

using Graph = std::map<std::string, std::vector<std::string>>;

/// Which files include which, by their paths from the root.
Graph resolve(const std::vector<File>& files) {
  Names known;
  for (const File& file : files) known.insert(file.path);
  Graph graph;
  for (const File& file : files) {
    const std::string sibling = fs::path(file.path).parent_path().generic_string() + "/";
    for (const std::string& include : file.includes) {
      for (const std::string& base : {sibling, std::string("lib/"), std::string("include/")}) {
        if (known.contains(base + include)) graph[file.path].push_back(base + include);
      }
    }
  }
  return graph;
}

void find_cycles(const Graph& graph, const std::string& file, std::vector<std::string>& way, Names& finished,
                 std::vector<std::string>& violations) {
  if (finished.contains(file)) return;
  const auto seen = std::find(way.begin(), way.end(), file);
  if (seen != way.end()) {
    std::string cycle = "cycle:";
    for (auto step = seen; step != way.end(); ++step) cycle += " " + *step;
    violations.push_back(cycle + " " + file);
    return;
  }
  way.push_back(file);
  if (graph.contains(file)) {
    for (const std::string& included : graph.at(file))
      find_cycles(graph, included, way, finished, violations);
  }
  way.pop_back();
  finished.insert(file);
}

}  // namespace

std::vector<std::string> find_include_violations(const std::filesystem::path& root) {
  std::vector<File> files;
  for (const std::string top : {"include", "lib", "apps"}) read_files(root, top, files);
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
  std::vector<std::string> violations;
  if (files.empty()) violations.push_back("no files in " + root.string());
  for (const File& file : files) {
    if (file.room != "public" && file.room != "apps" && !rooms_seen_by.contains(file.room)) {
      violations.push_back(file.path + ": lib/" + file.room + " is no room");
      continue;
    }
    for (const std::string& include : file.includes) {
      const std::string reason = objection(file.room, include);
      if (!reason.empty()) violations.push_back(fmt::format("{}: {}: {}", file.path, include, reason));
    }
  }
  const Graph graph = resolve(files);
  Names finished;
  for (const File& file : files) {
    std::vector<std::string> way;
    find_cycles(graph, file.path, way, finished, violations);
  }
  return violations;
}

}  // namespace ragqueue::testing
