#include "declare.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <ragqueue/related.hpp>
#include <ragqueue/search.hpp>

#include "declare_request.hpp"
#include "help.hpp"

namespace rag_worker {

namespace {

using std::chrono::milliseconds;
constexpr double shortest_pause = 0.001;
constexpr double longest_pause = 7 * 24 * 3600;

/// Unlike CLI::Range, refuses NaN.
template <class Number>
CLI::Validator within(Number low, Number high) {
  const std::string range = fmt::format("{} to {}", low, high);
  return CLI::Validator(
      [=](std::string& text) {
        Number value{};
        const bool valid = CLI::detail::lexical_cast(text, value) && value >= low && value <= high;
        return valid ? std::string() : fmt::format("'{}' is not a number from {}", text, range);
      },
      range);
}

CLI::Option* add_seconds(CLI::App& app, const std::string& name, milliseconds& target, double shortest,
                         const std::string& description) {
  return app
      .add_option_function<double>(
          name, [&target](double seconds) { target = milliseconds(std::llround(seconds * 1000)); },
          description)
      ->default_str(fmt::format("{}", std::chrono::duration<double>(target).count()))
      ->type_name("SECONDS")
      ->check(within(shortest, longest_pause));
}

void declare_settings(CLI::App& app, Settings& settings) {
  auto* database = app.add_option("--database", settings.database,
                                  "libpq connection string or URI; without it, libpq's own environment");
  database->type_name("CONNINFO");
  app.add_option(
         "--local", settings.local,
         "directory of a private PostgreSQL, which is created and started where needed, and left running")
      ->type_name("DIR")
      ->excludes(database);
  app.add_flag("--json", settings.json, "one JSON document as output");
  app.add_option("--model-file", settings.model_file,
                 "built-in model's weights; without it, the installed ones")
      ->type_name("FILE");
  app.add_option("--model-threads", settings.model_threads,
                 "threads that compute for the built-in model; 0: one on each processor")
      ->check(within<std::size_t>(0, 1024));
}

/// For init, run and doctor.
void declare_vector_index(CLI::App& app, std::int64_t& from) {
  app.add_option("--vector-index-from", from,
                 "chunks from which on init, or an idle worker that owns the tables, builds the vector index")
      ->type_name("CHUNKS")
      ->check(within<std::int64_t>(0, 1'000'000'000'000));
}

void declare_server_limits(CLI::App& app, ragqueue::HttpEmbedderOptions& http) {
  constexpr std::size_t most = 1UL << 30U;
  app.add_option("--embedder-max-tokens", http.max_tokens, "maximum tokens per text")
      ->check(within<std::size_t>(8, most));
  app.add_option("--embedder-request-texts", http.max_request_texts, "maximum texts per request")
      ->check(within<std::size_t>(1, most));
  app.add_option("--embedder-request-tokens", http.max_request_tokens, "maximum tokens per request")
      ->check(within<std::size_t>(1, most));
  app.add_option("--embedder-request-bytes", http.max_request_bytes, "maximum bytes per request")
      ->check(within<std::size_t>(1, most));
  app.add_option("--embedder-min-parallel", http.min_parallel, "lower limit of concurrent calls")
      ->check(within<std::size_t>(1, 1024));
  app.add_option("--embedder-parallel", http.max_parallel, "upper limit of concurrent calls")
      ->check(within<std::size_t>(1, 1024));
  add_seconds(app, "--embedder-connect-deadline", http.connect_deadline, 0.01, "connect timeout in seconds");
  add_seconds(app, "--embedder-deadline", http.call_deadline, 0.01, "timeout of a whole call in seconds");
  add_seconds(app, "--embedder-retry-after-limit", http.retry_after_limit, 0,
              "longest Retry-After, in seconds, that is waited for within a call");
}

void declare_embedder(CLI::App& app, Settings& settings) {
  app.option_defaults()->group(embedder_group);
  app.add_option("--embedder", settings.embedder, "builtin, ollama, or openai for any server with its API")
      ->check(CLI::IsMember({"builtin", "ollama", "openai"}));
  app.add_option("--embedder-url", settings.http.url,
                 "server's base URL; openai: /v1 is added where it has no path")
      ->type_name("URL");
  app.add_option("--embedder-model", settings.http.model, "model's name on the server");
  app.add_option("--embedder-dimension", settings.http.dimension,
                 "dimension of the vectors; 0: the server is asked")
      ->check(within<std::size_t>(0, 16'000));
  app.add_flag("--embedder-cut", settings.http.cut, "vectors cut to that dimension by the server");
  declare_request(app, settings);
  declare_server_limits(app, settings.http);
  app.option_defaults()->group("Options");
}

void declare_chunks(CLI::App& app, ragqueue::ChunkOptions& chunks) {
  constexpr std::size_t most_tokens = 1'000'000;
  constexpr std::size_t most_bytes = 1UL << 30U;
  app.add_option("--chunk-tokens", chunks.max_tokens, "maximum tokens per chunk, its title included")
      ->check(within<std::size_t>(8, most_tokens));
  app.add_option("--chunk-overlap", chunks.overlap_tokens, "tokens that a chunk repeats of the one before")
      ->check(within<std::size_t>(0, most_tokens));
  app.add_option("--max-document-bytes", chunks.max_document_bytes,
                 "maximum bytes per document; a larger one is refused")
      ->check(within<std::size_t>(1, most_bytes));
}

void declare_work(CLI::App& app, ragqueue::WorkerOptions& worker) {
  app.add_flag("--drain", worker.drain, "end when nothing is left to do");
  auto* concurrency = app.add_option("--concurrency", worker.concurrency,
                                     "consumers: batches at once, each with a thread and a connection")
                          ->check(within(1, 256));
  app.add_option("--lanes", worker.concurrency, "former name of --concurrency")
      ->check(within(1, 256))
      ->excludes(concurrency)
      ->group(hidden_group);
  app.add_option("--batch", worker.batch, "jobs per batch")->check(within(1, 10'000));
  add_seconds(app, "--poll-interval", worker.poll_interval, 0.01,
              "seconds between looks at the queue when nothing wakes an idle worker");
  add_seconds(
      app, "--heartbeat-interval", worker.heartbeat_interval, 0.1,
      "seconds between heartbeats; after two and a half of them without one, others take the jobs over");
  add_seconds(app, "--grace", worker.grace, 0, "seconds for work in flight, when asked to stop");
  constexpr double day_ms = 86'400'000;
  app.add_option_function<double>(
         "--retention",
         [&worker](double days) { worker.retention = milliseconds(std::llround(days * day_ms)); },
         "days that done jobs are kept, 0: none; failed ones are kept until told")
      ->default_str(fmt::format("{}", static_cast<double>(worker.retention.count()) / day_ms))
      ->type_name("DAYS")
      ->check(within(0.0, 36'000.0));
}

void declare_retry_policy(CLI::App& app, ragqueue::RetryPolicy& policy) {
  app.add_option("--max-attempts", policy.max_attempts, "attempts before a job is failed")
      ->check(within(1, 1000));
  add_seconds(app, "--retry-base", policy.base, shortest_pause,
              "mean pause in seconds after a job's first failure; doubles each time");
  add_seconds(app, "--retry-limit", policy.limit, shortest_pause,
              "longest pause between attempts in seconds");
}

void declare_run(CLI::App& app, RunArguments& run) {
  app.option_defaults()->group(run_group);
  declare_work(app, run.worker);
  app.add_flag("--no-wait", run.no_wait, "end with exit code 3 when database or embedder are down at start");
  declare_retry_policy(app, run.worker.retry);
  declare_chunks(app, run.chunks);
  add_seconds(app, "--source-timeout", run.source_options.timeout, shortest_pause,
              "time limit of a source query; where it is over, its type waits and others go on");
  app.add_option("--log-format", run.log_format,
                 "format of log lines where standard error is no terminal: text or json")
      ->check(CLI::IsMember({"text", "json"}));
  app.option_defaults()->group("Options");
  app.add_subcommand("run", "Index until told to stop; the default command");
}

void declare_init(CLI::App& app, InitArguments& init) {
  auto* command = app.add_subcommand("init",
                                     "Create the tables, adopt those that stand, or bring them up to date; "
                                     "build the vector index if it is due");
  command->add_flag("--rebuild-index", init.rebuild_index,
                    "empty the index, bind it to the embedder in use and enqueue all that was indexed");
  command->add_flag("--dry-run", init.dry_run, "only say what init finds and means to do")
      ->excludes("--rebuild-index");
}

void declare_uninstall(CLI::App& app, UninstallArguments& uninstall) {
  auto* command = app.add_subcommand(
      "uninstall", "Take away all that init and grants made; adopted tables stay with their rows");
  command->add_flag("--dry-run", uninstall.dry_run, "only print the SQL that it runs");
  command->add_flag("--yes", uninstall.yes, "do it")->excludes("--dry-run");
}

void declare_enqueue(CLI::App& app, EnqueueArguments& enqueue) {
  auto* command = app.add_subcommand("enqueue", "Ask for a source to be indexed");
  command->add_option("ORG", enqueue.organization_id, "organization's UUID");
  command->add_option("TYPE", enqueue.source_type, "source type: ticket, kb, asset or a configured one");
  command->add_option("ID", enqueue.source_id, "source's UUID");
  command->add_option("--action", enqueue.action, "upsert or delete");
  command->add_option("--priority", enqueue.priority, "priority; the highest is served first")
      ->check(within(ragqueue::min_priority, ragqueue::max_priority));
  command->add_flag("--stdin", enqueue.from_stdin,
                    "lines ORG TYPE ID [ACTION [PRIORITY]] from standard input; all are enqueued, or none");
}

void declare_job_filter(CLI::App& command, JobArguments& jobs) {
  command.add_option("--type", jobs.source_type, "source type");
  command.add_option("--org", jobs.organization_id, "organization's UUID");
  command.add_option("--id", jobs.id, "job's UUID");
}

void declare_retry_and_discard(CLI::App& app, JobArguments& jobs) {
  declare_job_filter(*app.add_subcommand("retry", "Make failed jobs pending again: all, or those that match"),
                     jobs);
  auto* discard = app.add_subcommand("discard", "Delete failed jobs that match, or all; the index stays");
  declare_job_filter(*discard, jobs);
  discard->add_flag("--all", jobs.all, "every failed job");
}

void declare_jobs_and_cancel(CLI::App& app, JobArguments& jobs) {
  constexpr std::size_t most_listed = 10'000;
  auto* list = app.add_subcommand("jobs", "List jobs, the newest first: all, or those that match");
  declare_job_filter(*list, jobs);
  list->add_option("--status", jobs.status, "pending, running, done or failed")
      ->check(CLI::IsMember({"pending", "running", "done", "failed"}));
  list->add_option("--limit", jobs.limit, "maximum jobs to list")->check(within<std::size_t>(1, most_listed));
  auto* cancel = app.add_subcommand("cancel", "Delete pending jobs that match, or all; the index stays");
  declare_job_filter(*cancel, jobs);
  cancel->add_flag("--all", jobs.all, "every pending job");
}

constexpr std::size_t most_shown = 1000;

void declare_source(CLI::App& command, SourceArguments& source) {
  command.add_option("ORG", source.organization_id, "organization's UUID")->required();
  command.add_option("TYPE", source.source_type, "source type")->required();
  command.add_option("ID", source.source_id, "source's UUID")->required();
}

void declare_filter(CLI::App& command, FilterArguments& filter) {
  command.add_option("--limit", filter.limit, "maximum documents to show")
      ->check(within<std::size_t>(1, most_shown));
  command.add_option("--type", filter.source_types, "source type of what may be found; may be repeated")
      ->expected(1)
      ->take_all();
  command.add_option("--visibility", filter.visibilities, "visibility of what may be found; may be repeated")
      ->expected(1)
      ->take_all();
  command
      .add_option(
          "--metadata", filter.metadata,
          "JSON object that the metadata of what may be found contain; instead of a value, $gt and the like")
      ->type_name("JSON");
}

void declare_passages(CLI::App& command, SearchArguments& search) {
  command.add_option("--passages", search.passages, "maximum passages of a document")
      ->check(within(1, ragqueue::max_passages));
  command.add_option("--neighbours", search.neighbours, "chunks before and after a passage to show with it")
      ->check(within(0, ragqueue::max_passages));
  command.add_option("--context", search.context_tokens,
                     "tokens of a prompt: prints only as many passages as fit, with their sources");
}

void declare_search(CLI::App& app, SearchArguments& search) {
  auto* command = app.add_subcommand("search", "Find passages by meaning and words");
  command->add_option("ORG", search.organization_id, "organization's UUID")->required();
  // As they are: read as a vector, a lone [] would be none.
  const auto take = [&search](const std::vector<std::string>& words) {
    search.words = words;
    return true;
  };
  command->add_option("WORDS", take, "question; one with a word that begins with - comes after --")
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args()
      ->required();
  command->add_option("--mode", search.mode, "vector (meaning), text (words) or fused (both)")
      ->check(CLI::IsMember({"vector", "text", "fused"}));
  declare_filter(*command, search.filter);
  declare_passages(*command, search);
  command->add_option("--offset", search.offset, "documents to pass over before the first that is shown")
      ->check(within<std::size_t>(0, ragqueue::max_search_limit - most_shown));
  command
      ->add_option("--min-similarity", search.min_similarity,
                   "least similarity to the question, or share of its words, from 0 to 1")
      ->check(within(0.0, 1.0));
  command->add_flag("--duplicates", search.duplicates, "copies of a passage too, at their place");
  command->add_flag("--explain", search.explain, "each part's rank and score");
  add_seconds(*command, "--search-deadline", search.deadline, 0.001,
              "timeout of the embedder in seconds, after which words alone are searched");
}

void declare_similar(CLI::App& app, SimilarArguments& similar) {
  auto* command = app.add_subcommand("similar", "Find documents near to one, by the stored vectors");
  declare_source(*command, similar.source);
  declare_filter(*command, similar.filter);
}

void declare_related(CLI::App& app, RelatedArguments& related) {
  auto* command = app.add_subcommand("related", "Walk the graph of links from a source");
  declare_source(*command, related.source);
  command->add_option("--depth", related.depth, "maximum links between the source and what is shown")
      ->check(within(1, ragqueue::max_related_depth));
  command->add_option("--limit", related.limit, "maximum sources to show")
      ->check(within<std::size_t>(1, most_shown));
}

void declare_grants(CLI::App& app, GrantsArguments& grants) {
  auto* command = app.add_subcommand(
      "grants", "Print the SQL that gives a database role its least rights, for the tables' owner to run");
  command->add_option("ROLE", grants.role, "role's name")->required();
  command
      ->add_option("--duty", grants.duty,
                   "what the role is to do: work (run rag_worker), enqueue, read, monitor or backup")
      ->check(CLI::IsMember({"work", "enqueue", "read", "monitor", "backup"}));
}

}  // namespace

void declare(CLI::App& app, Invocation& invocation, std::string& config_file) {
  app.set_version_flag("--version", RAGQUEUE_VERSION);
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.option_defaults()->always_capture_default();
  app.formatter(std::make_shared<Help>());
  app.footer(
      "rag_worker --help shows the options of every command and of the embedder, rag_worker COMMAND --help "
      "the\n"
      "others. Every option --some-name is also the environment variable RAGQUEUE_SOME_NAME and the key\n"
      "some_name of the configuration file (TOML); the command line comes first, then the environment, then\n"
      "the file. A table [source.NAME] of the file with the key query adds a source type, or replaces a\n"
      "built-in one.\n"
      "Every user of the machine sees a command line (ps). A password belongs into the file that PGPASSFILE\n"
      "names, or into RAGQUEUE_DATABASE, which systemd reads from /etc/ragqueue/rag_worker.env.\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 database or embedder unreachable,\n"
      "4 jobs failed during a drain.");
  app.add_option("--config", config_file, "configuration file (TOML)")->type_name("FILE");
  declare_settings(app, invocation.settings);
  declare_vector_index(app, invocation.run.worker.vector_index_from);
  declare_embedder(app, invocation.settings);
  declare_run(app, invocation.run);
  declare_init(app, invocation.init);
  declare_uninstall(app, invocation.uninstall);
  declare_enqueue(app, invocation.enqueue);
  app.add_subcommand("status", "Count the jobs by status and list the workers");
  declare_retry_and_discard(app, invocation.jobs);
  declare_jobs_and_cancel(app, invocation.jobs);
  declare_search(app, invocation.search);
  declare_similar(app, invocation.similar);
  declare_related(app, invocation.related);
  declare_grants(app, invocation.grants);
  app.add_subcommand("doctor", "Check database, index, source queries and embedder, and say what to mend");
  app.add_subcommand("database", "Print the connection string in use, for psql");
  app.add_subcommand("stop", "Stop the private PostgreSQL of --local");
}

}  // namespace rag_worker
