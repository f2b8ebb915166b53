#include "local/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>
#include <utility>

#include "ragqueue/error.hpp"

namespace ragqueue::local {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(Fault::setup, what + ": " + std::generic_category().message(errno));
}

/// What a new process needs, laid out before the fork: after it, in a program with threads, nothing may be
/// allocated.
class Launch {
 public:
  Launch(const Command& command, std::span<const int> descriptors, int last_signal = 0)
      : descriptors_(descriptors), account_(command.account), last_signal_(last_signal) {
    for (const std::string& argument : command.arguments) {
      arguments_.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments_.push_back(nullptr);
    for (char** variable = environ; *variable != nullptr; ++variable) {
      if (!std::string_view(*variable).starts_with("PG")) environment_.push_back(*variable);
    }
    environment_.push_back(nullptr);
  }

  /// Turns this process into the program. Calls only what is safe after the fork of a program with threads.
  [[noreturn]] void become() const {
    reset_signals();
    umask(077);
    if (!arrange_descriptors() || chdir("/") != 0 || !change_account()) _exit(126);
    // A change of account forgets it.
    if (last_signal_ != 0 && prctl(PR_SET_PDEATHSIG, last_signal_) != 0) _exit(126);
    execve(arguments_.front(), arguments_.data(), environment_.data());
    _exit(127);
  }

 private:
  static void reset_signals() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &action, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
  }

  [[nodiscard]] bool arrange_descriptors() const {
    constexpr std::size_t most = 8;
    constexpr int out_of_the_way = 64;
    std::array<int, most> moved{};
    const auto count = static_cast<int>(descriptors_.size());
    for (std::size_t i = 0; i < descriptors_.size(); ++i) {
      moved[i] = fcntl(descriptors_[i], F_DUPFD, out_of_the_way);
      if (moved[i] < 0) return false;
    }
    for (int i = 0; i < count; ++i) {
      if (dup2(moved[static_cast<std::size_t>(i)], i) < 0) return false;
    }
    closefrom(count);
    return true;
  }

  [[nodiscard]] bool change_account() const {
    if (!account_) return true;
    // The C library's own functions would look for the caller's threads, which are not here.
    return syscall(SYS_setgroups, 0, nullptr) == 0 &&
           syscall(SYS_setresgid, account_->gid, account_->gid, account_->gid) == 0 &&
           syscall(SYS_setresuid, account_->uid, account_->uid, account_->uid) == 0;
  }

  std::span<const int> descriptors_;
  std::optional<ServerAccount> account_;
  int last_signal_;
  std::vector<char*> arguments_;
  std::vector<char*> environment_;
};

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("cannot wait for a child process");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Descriptor::~Descriptor() {
  close();
}
Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void Descriptor::close() noexcept {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Descriptor open_file(const std::string& path, int flags) {
  Descriptor file(open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0) fail("cannot open " + path);
  return file;
}

Outcome run(const Command& command, std::span<const int> kept) {
  const Descriptor nothing = open_file("/dev/null", O_RDONLY);
  Pipe output = make_pipe();
  std::vector<int> descriptors = {nothing.get(), output.write_end.get(), output.write_end.get()};
  descriptors.insert(descriptors.end(), kept.begin(), kept.end());
  const Launch launch(command, descriptors);
  const pid_t child = fork();
  if (child < 0) fail("cannot start " + command.arguments.front());
  if (child == 0) launch.become();
  output.write_end.close();
  Outcome outcome;
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  while ((got = read(output.read_end.get(), buffer.data(), buffer.size())) > 0 ||
         (got < 0 && errno == EINTR)) {
    if (got > 0) outcome.output.append(buffer.data(), static_cast<std::size_t>(got));
  }
  outcome.exit_code = wait_for(child);
  return outcome;
}

void start_detached(const Command& command, std::span<const int> descriptors) {
  const Launch launch(command, descriptors);
  const pid_t child = fork();
  if (child < 0) fail("cannot start " + command.arguments.front());
  if (child == 0) {
    setsid();
    const pid_t grandchild = _Fork();
    if (grandchild == 0) launch.become();
    _exit(grandchild < 0 ? 126 : 0);
  }
  if (wait_for(child) != 0) throw Error(Fault::setup, "cannot start " + command.arguments.front());
}

pid_t start_child(const Command& command, std::span<const int> descriptors, int last_signal) {
  const Launch launch(command, descriptors, last_signal);
  const pid_t child = fork();
  if (child < 0) fail("cannot start " + command.arguments.front());
  if (child == 0) launch.become();
  return child;
}

}  // namespace ragqueue::local
