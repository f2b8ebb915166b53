#include "llama_server.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <stdexcept>

namespace {

namespace fs = std::filesystem;

const fs::path directory = EMBED_LLAMA_DIRECTORY;
const fs::path libraries = directory / "root/usr/lib/x86_64-linux-gnu";

/// Its own loader, so that it also runs where the system's libraries are older.
std::vector<std::string> command(const std::vector<std::string>& options) {
  std::vector<std::string> words = {libraries / "ld-linux-x86-64.so.2",
                                    "--library-path",
                                    libraries.string() + ":" + (libraries / "llama").string(),
                                    directory / "root/usr/bin/llama-server",
                                    "--model",
                                    directory / "model.gguf",
                                    "--embeddings",
                                    "--host",
                                    "127.0.0.1",
                                    "--port",
                                    "0",
                                    "--alias",
                                    "tiny-bert"};
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

bool LlamaServer::is_here() {
  return fs::exists(directory / "root/usr/bin/llama-server") && fs::exists(directory / "model.gguf") &&
         __builtin_cpu_supports("avx2");
}

std::string LlamaServer::why_not() {
  return "NOT CHECKED: Debian's llama-server could not be had, or this processor has no AVX2";
}

LlamaServer::LlamaServer(const std::vector<std::string>& options) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  std::vector<std::string> words = command(options);
  // The other processors' libraries are not tried: the loader's path would not be theirs.
  std::vector<std::string> environment = {"GGML_BACKEND_PATH=" +
                                          (libraries / "ggml/backends0/libggml-cpu-haswell.so").string()};
  const std::vector<char*> arguments = pointers(words), variables = pointers(environment);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    execve(arguments.front(), arguments.data(), variables.data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
  if (pid_ < 0) throw std::runtime_error("fork");
  read_url();
  if (url_.empty()) {
    stop();
    throw std::runtime_error("llama-server did not start: " + said_);
  }
  reading_ = std::thread([output = output_] {
    std::array<char, 4096> ignored{};
    while (read(output, ignored.data(), ignored.size()) > 0) {
    }
  });
}

LlamaServer::~LlamaServer() {
  stop();
}

void LlamaServer::read_url() {
  const std::string before = "listening on ";
  std::array<char, 4096> part{};
  while (url_.empty()) {
    const ssize_t got = read(output_, part.data(), part.size());
    if (got <= 0) return;
    said_.append(part.data(), static_cast<std::size_t>(got));
    const std::size_t at = said_.find(before);
    if (at == std::string::npos) continue;
    const std::size_t end = said_.find_first_of(" \n", at + before.size());
    if (end != std::string::npos) url_ = said_.substr(at + before.size(), end - at - before.size());
  }
}

void LlamaServer::stop() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  if (reading_.joinable()) reading_.join();
  if (output_ >= 0) close(output_);
  output_ = -1;
}
