#pragma once

#include <cstddef>
#include <optional>
#include <ragqueue/chunker.hpp>
#include <ragqueue/http_embedder.hpp>
#include <ragqueue/request.hpp>
#include <ragqueue/source_fetcher.hpp>
#include <ragqueue/worker.hpp>
#include <string>
#include <vector>

namespace rag_worker {

/// What concerns more than one command.
struct Settings {
  std::string database;  ///< As libpq takes it; empty for libpq's own environment.
  std::string local;     ///< Directory of a private PostgreSQL; empty for none.
  bool json = false;
  std::string model_file;  ///< Empty for the installed one.
  std::size_t model_threads = 0;
  std::string embedder = "builtin";
  std::string embedder_key_file;
  std::vector<std::string> embedder_headers;  ///< Lines `Name: value`.
  std::string embedder_header_file;
  ragqueue::HttpEmbedderOptions http;  ///< Without key and headers.
};

struct RunArguments {
  ragqueue::ChunkOptions chunks;
  ragqueue::WorkerOptions worker;  ///< Without connection string and log.
  std::vector<ragqueue::SqlSource> sources = ragqueue::builtin_sources();
  ragqueue::SqlSourceOptions source_options;
  std::string log_format = "text";
  bool no_wait = false;  ///< For a database or embedder that is down at start.
};

struct InitArguments {
  bool rebuild_index = false;
  bool dry_run = false;
};

struct UninstallArguments {
  bool dry_run = false;
  bool yes = false;
};

struct EnqueueArguments {
  std::string organization_id;
  std::string source_type;
  std::string source_id;
  std::string action = "upsert";
  int priority = ragqueue::default_priority;
  bool from_stdin = false;
};

/// Of retry, discard, cancel and jobs: which jobs.
struct JobArguments {
  std::optional<std::string> source_type;
  std::optional<std::string> organization_id;
  std::optional<std::string> id;
  bool all = false;
  std::optional<std::string> status;
  std::size_t limit = 100;
};

struct SourceArguments {
  std::string organization_id;
  std::string source_type;
  std::string source_id;
};

/// Which documents may be found, and how many.
struct FilterArguments {
  std::vector<std::string> source_types;
  std::vector<std::string> visibilities;
  std::string metadata;  ///< A JSON object, or empty.
  std::size_t limit = 10;
};

struct SearchArguments {
  std::string organization_id;
  std::vector<std::string> words;
  std::string mode = "fused";
  FilterArguments filter;
  std::size_t offset = 0;
  int passages = 1;
  int neighbours = 0;
  double min_similarity = 0;
  bool duplicates = false;
  bool explain = false;
  std::size_t context_tokens = 0;  ///< Of a prompt; 0 where none is to be printed.
  std::chrono::milliseconds deadline{1'000};
};

struct SimilarArguments {
  SourceArguments source;
  FilterArguments filter;
};

struct RelatedArguments {
  SourceArguments source;
  int depth = 1;
  std::size_t limit = 100;
};

struct GrantsArguments {
  std::string role;
  std::string duty = "work";
};

/// One call of the program, with every setting in place.
struct Invocation {
  std::string command;
  Settings settings;
  RunArguments run;
  InitArguments init;
  UninstallArguments uninstall;
  EnqueueArguments enqueue;
  JobArguments jobs;
  SearchArguments search;
  SimilarArguments similar;
  RelatedArguments related;
  GrantsArguments grants;
};

/// Reads the command line, then for what it leaves open the environment, then the configuration file.
/// Returns nothing when all that was asked for was help or the version, and that is printed. Throws
/// UsageError.
[[nodiscard]] std::optional<Invocation> parse_command_line(int argc, const char* const* argv);

}  // namespace rag_worker
