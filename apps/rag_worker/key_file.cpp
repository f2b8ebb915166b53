#include "key_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include "report.hpp"

namespace rag_worker {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// Looks at what was opened, so that nothing else can take its place.
void require_private(std::FILE* file, const std::string& path) {
  struct stat status {};
  if (fstat(fileno(file), &status) != 0)
    throw UsageError(fmt::format("--embedder-key-file: {} cannot be read", path));
  constexpr mode_t of_group_and_others = S_IRWXG | S_IRWXO;
  constexpr mode_t beyond_reading_by_group = S_IWGRP | S_IXGRP | S_IRWXO;
  const bool roots = status.st_uid == 0;
  if ((status.st_mode & (roots ? beyond_reading_by_group : of_group_and_others)) == 0) return;
  throw UsageError(fmt::format(
      "--embedder-key-file: {} has mode {:04o}, so that others can read or change it: chmod 600 {}{}", path,
      status.st_mode & 07777U, path, roots ? " (or 640, as it is root's)" : ""));
}

}  // namespace

std::string read_key_file(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"), std::fclose);
  std::string key;
  if (file) {
    require_private(file.get(), path);
    for (int letter = std::fgetc(file.get()); letter != EOF && letter != '\n';
         letter = std::fgetc(file.get()))
      key += static_cast<char>(letter);
  }
  if (key.empty())
    throw UsageError(fmt::format("--embedder-key-file: {} cannot be read, or its first line is empty", path));
  return key;
}

}  // namespace rag_worker
