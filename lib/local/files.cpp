#include "local/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "ragqueue/error.hpp"

namespace ragqueue::local {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& reason) {
  throw Error(Fault::setup, path.string() + " " + reason);
}

[[noreturn]] void fail(const fs::path& path, const char* what) {
  refuse(path, what + (": " + std::generic_category().message(errno)));
}

/// Never waits, as opening a pipe would.
Descriptor open_without_links(const fs::path& path, int flags) {
  Descriptor file(open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (file.get() < 0 && errno == ELOOP) refuse(path, "is a link, and must be a regular file");
  return file;
}

off_t size_of_regular(const Descriptor& file, const fs::path& path) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) fail(path, "cannot be looked at");
  if (!S_ISREG(status.st_mode)) refuse(path, "is no regular file, and must be one");
  return status.st_size;
}

}  // namespace

std::optional<std::string> read_regular_file(const fs::path& path, std::size_t most) {
  const Descriptor file = open_without_links(path, O_RDONLY);
  if (file.get() < 0 && errno == ENOENT) return {};
  if (file.get() < 0) fail(path, "cannot be read");
  const off_t size = size_of_regular(file, path);
  const off_t start = std::max<off_t>(0, size - static_cast<off_t>(most));
  std::string content(most, '\0');
  std::size_t length = 0;
  while (length < most) {
    const ssize_t got =
        pread(file.get(), content.data() + length, most - length, start + static_cast<off_t>(length));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "cannot be read");
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  content.resize(length);
  return content;
}

Descriptor open_regular_file(const fs::path& path, int flags) {
  Descriptor file = open_without_links(path, O_WRONLY | flags);
  if (file.get() < 0) fail(path, "cannot be written");
  size_of_regular(file, path);
  return file;
}

void write_all(const Descriptor& file, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path, "cannot be written");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace ragqueue::local
