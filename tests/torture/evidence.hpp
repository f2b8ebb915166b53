#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "local/child_process.hpp"
#include "ragqueue/request.hpp"

namespace ragqueue::torture {

/// A source as one word of the log: organization/type/id.
[[nodiscard]] std::string word_of(const SourceKey& source);

/// The workers' log of what they did, outside the database: one line for each event, appended in one write,
/// so that a process that is killed leaves whole lines. Thread-safe.
class EvidenceLog {
 public:
  explicit EvidenceLog(const std::filesystem::path& file);

  /// `process thread CLOCK_MONOTONIC-in-ns words...`
  void write(std::string_view words) const;

 private:
  local::Descriptor file_;
};

/// One store of one source: what a worker did between reading the source and handing it to the index.
struct Run {
  std::string source{};
  std::string job{};       ///< Acknowledged in the store's transaction; `-` if none was.
  std::int64_t token = 0;  ///< Of the claim, seen while the source was read; 0 for a removal.
  pid_t process = 0;
  std::int64_t began = 0;     ///< ns: the source was read, or the store began where nothing is to be read.
  std::int64_t ended = 0;     ///< ns: the index was written, and the commit came next; 0: it never was.
  std::string transaction{};  ///< Its id.
  std::string server{};       ///< The start of the server that ran it, as it says.
};

struct Evidence {
  std::vector<Run> runs;                ///< In the order of their stores.
  std::vector<std::string> violations;  ///< That a worker saw itself.
  std::size_t reads = 0;                ///< Sources read.
  std::size_t calls = 0;                ///< Of the embedder.
};

/// Reads what was appended since `offset`, and moves it.
[[nodiscard]] Evidence read_evidence(const std::filesystem::path& file, std::uintmax_t& offset);

}  // namespace ragqueue::torture
