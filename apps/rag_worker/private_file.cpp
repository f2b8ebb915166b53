#include "private_file.hpp"

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
void require_private(std::FILE* file, const std::string& path, std::string_view option) {
  struct stat status {};
  if (fstat(fileno(file), &status) != 0) throw UsageError(fmt::format("{}: {} cannot be read", option, path));
  constexpr mode_t of_group_and_others = S_IRWXG | S_IRWXO;
  constexpr mode_t beyond_reading_by_group = S_IWGRP | S_IXGRP | S_IRWXO;
  const bool roots = status.st_uid == 0;
  if ((status.st_mode & (roots ? beyond_reading_by_group : of_group_and_others)) == 0) return;
  throw UsageError(fmt::format("{}: {} has mode {:04o}, so that others can read or change it: chmod 600 {}{}",
                               option, path, status.st_mode & 07777U, path,
                               roots ? " (or 640, as it is root's)" : ""));
}

}  // namespace

std::string read_private_file(const std::string& path, std::string_view option) {
  const File file(std::fopen(path.c_str(), "re"), std::fclose);
  std::string text;
  if (file) {
    require_private(file.get(), path, option);
    for (int letter = std::fgetc(file.get()); letter != EOF; letter = std::fgetc(file.get()))
      text += static_cast<char>(letter);
  }
  if (text.empty() || text.front() == '\n')
    throw UsageError(fmt::format("{}: {} cannot be read, or its first line is empty", option, path));
  return text;
}

}  // namespace rag_worker
