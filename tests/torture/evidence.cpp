#include "evidence.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <utility>

#include "ragqueue/error.hpp"

namespace ragqueue::torture {

namespace {

std::int64_t monotonic() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

struct Read {
  std::int64_t token = 0;
  std::int64_t at = 0;
};

/// Puts together what one thread tells of its reads and stores.
class Reader {
 public:
  void take(const std::string& line) {
    std::istringstream words(line);
    pid_t process = 0;
    int thread = 0;
    std::int64_t at = 0;
    std::string event;
    words >> process >> thread >> at >> event;
    if (event == "read") {
      read(words, thread, at);
    } else if (event == "store") {
      store(words, process, thread, at);
    } else if (event == "stored") {
      stored(words, thread, at);
    } else if (event == "embed") {
      ++evidence.calls;
    } else if (event == "violation") {
      evidence.violations.push_back(line);
    }
  }

  Evidence evidence;

 private:
  void read(std::istringstream& words, int thread, std::int64_t at) {
    std::string source, job;
    Read seen{.token = 0, .at = at};
    words >> source >> job >> seen.token;
    reads_[{thread, job}] = seen;
    ++evidence.reads;
  }

  void store(std::istringstream& words, pid_t process, int thread, std::int64_t at) {
    Run run{.process = process, .began = at};
    words >> run.source >> run.job >> run.transaction >> run.server;
    if (const auto seen = reads_.find({thread, run.job}); seen != reads_.end()) {
      run.token = seen->second.token;
      run.began = seen->second.at;
    }
    open_[{thread, run.source}] = evidence.runs.size();
    evidence.runs.push_back(std::move(run));
  }

  void stored(std::istringstream& words, int thread, std::int64_t at) {
    std::string source;
    words >> source;
    if (const auto node = open_.extract({thread, source})) evidence.runs[node.mapped()].ended = at;
  }

  std::map<std::pair<int, std::string>, Read> reads_;
  std::map<std::pair<int, std::string>, std::size_t> open_;
};

}  // namespace

std::string word_of(const SourceKey& source) {
  return fmt::format("{}/{}/{}", source.organization_id.to_string(), source.source_type,
                     source.source_id.to_string());
}

EvidenceLog::EvidenceLog(const std::filesystem::path& file)
    : file_(open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {
  if (file_.get() < 0) throw Error(Fault::setup, "cannot open " + file.string());
}

void EvidenceLog::write(std::string_view words) const {
  const std::string line = fmt::format("{} {} {} {}\n", getpid(), gettid(), monotonic(), words);
  if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw Error(Fault::setup, "cannot write evidence");
  }
}

Evidence read_evidence(const std::filesystem::path& file, std::uintmax_t& offset) {
  std::ifstream stream(file);
  stream.seekg(static_cast<std::streamoff>(offset));
  Reader reader;
  for (std::string line; std::getline(stream, line);) {
    offset += line.size() + 1;
    reader.take(line);
  }
  return std::move(reader.evidence);
}

}  // namespace ragqueue::torture
