#include "local/root_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "ragqueue/error.hpp"

namespace ragqueue::local {
namespace {

namespace fs = std::filesystem;

/// A walk from the root directory, one name at a time, that holds each directory by a descriptor: what was
/// looked at is what is entered.
class Walk {
 public:
  Walk(const fs::path& path, Missing missing) : path_(path), missing_(missing) { put_ahead(path); }

  Descriptor walk() {
    start_over();
    while (!ahead_.empty()) {
      const std::string name = std::move(ahead_.front());
      ahead_.pop_front();
      if (name.empty() || name == ".") continue;
      if (name == ".." && !roots_own_) refuse(name, "leads out of a directory that others can move");
      if (!enter(name)) return Descriptor();
    }
    return std::move(at_);
  }

 private:
  [[noreturn]] void refuse(const std::string& name, const std::string& reason) const {
    throw Error(Fault::setup, path_.string() + ": " + name + " " + reason);
  }
  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    refuse(name, what + ": " + std::generic_category().message(errno));
  }

  void put_ahead(const fs::path& path) {
    auto place = ahead_.begin();
    for (const fs::path& name : path.relative_path()) place = std::next(ahead_.insert(place, name.string()));
  }

  void start_over() {
    at_ = Descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    roots_own_ = true;
    roots_alone_ = true;
  }

  bool enter(const std::string& name) {
    Descriptor next = open_entry(name);
    if (next.get() < 0) {
      if (errno != ENOENT) fail(name, "cannot be opened");
      if (missing_ == Missing::leave) return false;
      make(name);
      next = open_entry(name);
    }
    struct stat status {};
    if (next.get() < 0 || fstat(next.get(), &status) != 0) fail(name, "cannot be opened");
    if (S_ISLNK(status.st_mode)) {
      follow(name, next);
    } else if (S_ISDIR(status.st_mode)) {
      at_ = std::move(next);
      constexpr mode_t of_others = S_IWGRP | S_IWOTH;
      const bool closed = (status.st_mode & of_others) == 0;
      roots_own_ = roots_own_ && status.st_uid == 0 && (closed || (status.st_mode & S_ISVTX) != 0);
      roots_alone_ = roots_own_ && closed;
    } else {
      refuse(name, "is no directory");
    }
    return true;
  }

  [[nodiscard]] Descriptor open_entry(const std::string& name) const {
    return Descriptor(openat(at_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  }

  void make(const std::string& name) const {
    constexpr mode_t for_root = 0700, for_all = 0777;
    if (mkdirat(at_.get(), name.c_str(), ahead_.empty() ? for_root : for_all) != 0 && errno != EEXIST)
      fail(name, "cannot be made");
  }

  void follow(const std::string& name, const Descriptor& link) {
    constexpr int most_links = 40;  // as the kernel
    if (!roots_alone_)
      refuse(name, "is a link, in a directory that others than root can change: name the place itself");
    if (++links_ > most_links) refuse(name, "is a link too many");
    std::array<char, PATH_MAX> target{};
    const ssize_t length = readlinkat(link.get(), "", target.data(), target.size());
    if (length < 0) fail(name, "cannot be read");
    const fs::path path(std::string(target.data(), static_cast<std::size_t>(length)));
    if (path.is_absolute()) start_over();
    put_ahead(path);
  }

  fs::path path_;
  Missing missing_;
  std::deque<std::string> ahead_;
  Descriptor at_;
  bool roots_own_ = true;    ///< Nobody else can rename or replace `at_`, nor what of root's is in it.
  bool roots_alone_ = true;  ///< Nobody else can place anything in it either.
  int links_ = 0;
};

}  // namespace

Descriptor open_directory_as_root(const fs::path& path, Missing missing) {
  return Walk(path, missing).walk();
}

}  // namespace ragqueue::local
