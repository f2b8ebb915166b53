#include "doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <ragqueue/canaries.hpp>
#include <ragqueue/connection.hpp>
#include <ragqueue/embedder_check.hpp>
#include <ragqueue/error.hpp>
#include <ragqueue/grants.hpp>
#include <ragqueue/model_prefixes.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/vector_index.hpp>
#include <string_view>
#include <utility>

#include "database.hpp"
#include "doctor_database.hpp"
#include "embedder.hpp"
#include "finding.hpp"
#include "print.hpp"
#include "report.hpp"
#include "source_check.hpp"
#include "text.hpp"
#include "texts_in_index.hpp"

namespace rag_worker {

namespace {

using ragqueue::Connection;
using ragqueue::Embedder;
using ragqueue::Fault;
using ragqueue::VectorIndex;

constexpr std::string_view no_database = "skipped: no connection";

std::string in_milliseconds(std::chrono::duration<double> time) {
  return fmt::format("{:.1f} ms", time.count() * 1000);
}

class Doctor {
 public:
  explicit Doctor(const Invocation& invocation) : invocation_(invocation) {}

  std::vector<Finding> operator()() && {
    check("configuration", "", [this] { return configuration(); });
    check("database", "Start PostgreSQL, or name another with --database, RAGQUEUE_DATABASE or libpq's PG*.",
          [this] { return database(); });
    check_database("extension", "", [this] { return extension(); });
    check_database("privileges", "", [this] { return privileges(); });
    check_database("schema", "", [this] { return schema(); });
    check_surroundings();
    for (const ragqueue::SqlSource& source : invocation_.run.sources) check_source(source);
    check("embedder", embedder_advice(), [this] { return embedder(); });
    check_prefixes();
    check_index();
    return std::move(findings_);
  }

 private:
  void check(std::string name, std::string_view advice, const std::function<std::string()>& examine) {
    Finding finding{.check = std::move(name)};
    try {
      finding.words = examine();
    } catch (const std::exception& error) {
      finding.state = "fault";
      finding.words = error.what();
      finding.advice = advice;
    }
    findings_.push_back(std::move(finding));
  }

  void skip(std::string name, std::string_view why) {
    findings_.push_back({.check = std::move(name), .state = "skipped", .words = std::string(why)});
  }

  void check_database(std::string name, std::string_view advice,
                      const std::function<std::string()>& examine) {
    if (!connection_) return skip(std::move(name), no_database);
    check(std::move(name), advice, examine);
  }

  std::string configuration() {
    sources_ = ragqueue::make_sql_source_fetcher(invocation_.run.sources);
    static_cast<void>(ragqueue::make_text_chunker(invocation_.run.chunks));
    return fmt::format("{} sources, embedder {}", invocation_.run.sources.size(),
                       invocation_.settings.embedder);
  }

  std::string database() {
    const auto begin = std::chrono::steady_clock::now();
    connection_ = std::make_unique<Connection>(open_database(invocation_.settings));
    return "connected in " + in_milliseconds(std::chrono::steady_clock::now() - begin);
  }

  [[nodiscard]] std::string extension() const {
    ragqueue::require_pgvector(connection_->get());
    return "pgvector can be used";
  }

  /// Of the role that this runs as, which is to be the worker's.
  [[nodiscard]] std::string privileges() const {
    ragqueue::require_privileges(connection_->get(), ragqueue::Duty::work);
    return "the role can do a worker's work";
  }

  [[nodiscard]] std::string schema() const {
    ragqueue::require_schema(connection_->get());
    return fmt::format("version {}", ragqueue::schema_version());
  }

  /// Only of a schema that is sound, which the check before has found out.
  void check_surroundings() {
    if (findings_.back().state != "ok") return skip("surroundings", "skipped: the schema has a fault");
    std::vector<Finding> found;
    check_database("surroundings", "", [&] {
      found = examine_surroundings(*connection_);
      return std::string();
    });
    if (findings_.back().state == "ok") findings_.pop_back();
    add(found);
  }

  void add(const std::vector<Finding>& more) { findings_.insert(findings_.end(), more.begin(), more.end()); }

  /// Not every application has what the built-in queries read.
  void check_source(const ragqueue::SqlSource& source) {
    constexpr std::string_view advice =
        "Mend its query, [source.NAME] in the configuration file, or let the role read those tables.";
    const std::string name = "source " + source.type;
    if (!sources_) return skip(name, "skipped: the configuration has a fault");
    std::vector<ragqueue::SourceProblem> problems;
    check_database(name, advice, [&] {
      problems = ragqueue::check_sources(connection_->get(), {&source, 1});
      const auto found = std::ranges::find_if(problems, &ragqueue::SourceProblem::stops);
      if (found != problems.end()) throw ragqueue::Error(Fault::setup, found->message);
      return std::string("its query runs");
    });
    if (findings_.back().state == "ok") add(examine_plan(*connection_, source));
    for (const ragqueue::SourceProblem& problem : problems) add(name, source, problem);
  }

  void add(const std::string& name, const ragqueue::SqlSource& source,
           const ragqueue::SourceProblem& problem) {
    if (is_absent_builtin(problem, source)) {
      findings_.back().state = "note";
      findings_.back().advice = fmt::format(
          "No matter unless sources of type {0} are enqueued; else give it a query, [source.{0}].",
          source.type);
    } else if (!problem.stops) {
      findings_.push_back({.check = name,
                           .state = "note",
                           .words = problem.message,
                           .advice = "Rename the column in the query, or leave it out."});
    }
  }

  [[nodiscard]] std::string embedder_advice() const {
    const std::string& model = invocation_.settings.http.model;
    if (invocation_.settings.embedder == "builtin") return "Install the model, or name its --model-file.";
    if (invocation_.settings.embedder == "ollama") {
      return fmt::format(
          "Have the server run (ollama serve) and the model there (ollama pull {}); else mend "
          "--embedder-url or --embedder-model. Until then jobs wait unspent.",
          model);
    }
    return "Start the server; else mend --embedder-url, --embedder-model, --embedder-dimension or the key. "
           "Until then jobs wait unspent.";
  }

  std::string embedder() {
    embedder_ = make_embedder(invocation_.settings);
    const auto found = ragqueue::check_embedder(*embedder_);
    return fmt::format("{}, {} dimensions, norm {:.3f}; one text in {}, {} in {}", embedder_->name(),
                       embedder_->dimension(), found.norm, in_milliseconds(found.one), found.batch,
                       in_milliseconds(found.whole));
  }

  /// Only a model's card can tell; a name may mislead.
  void check_prefixes() {
    const Settings& settings = invocation_.settings;
    if (settings.embedder == "builtin") return;
    if (const std::string prefixes = describe_prefixes(settings); !prefixes.empty())
      findings_.push_back({.check = "prefixes", .state = "ok", .words = prefixes});
    const std::string_view family = ragqueue::likely_prefix_family(settings.http.model);
    const bool is_set =
        settings.http.document_prefix || settings.http.query_prefix || !settings.http.body.empty();
    if (family.empty() || is_set) return;
    findings_.push_back(
        {.check = "prefixes",
         .state = "note",
         .words =
             fmt::format("model {} looks like one of the family {}, whose texts need prefixes, and gets none",
                         settings.http.model, family),
         .advice =
             "See the model's card; then --embedder-document-prefix and --embedder-query-prefix, '' for "
             "none."});
  }

  void check_texts() {
    bool is_sound = true;
    check_database("texts", "", [&] {
      const auto unknown = ragqueue::count_chunks_without_vector(connection_->get());
      const bool is_outdated = ragqueue::is_text_outdated(connection_->get());
      is_sound = !is_outdated && unknown.value_or(0) == 0;
      if (is_outdated) return std::string(outdated_texts);
      return is_sound ? std::string("all are known to the embedder") : unknown_texts(*unknown);
    });
    if (!is_sound) findings_.back().state = "note";
  }

  void check_index() {
    if (!embedder_) return skip("index", "skipped: no embedder");
    check_database("index", "", [this] {
      ragqueue::require_schema(connection_->get(), *embedder_);
      const auto canaries = ragqueue::stored_canaries(connection_->get());
      if (canaries) ragqueue::check_canaries(*canaries, *embedder_);
      return fmt::format("bound to {} of {} dimensions{}", embedder_->name(), embedder_->dimension(),
                         canaries ? ", whose vectors are as they were then" : "");
    });
    if (findings_.back().state != "ok") return skip("vector index", "skipped: the index has a fault");
    check_texts();
    VectorIndex state{};
    check_database("vector index", "", [&] {
      state = ragqueue::vector_index(connection_->get(), invocation_.run.worker.vector_index_from);
      return std::string(to_string(state));
    });
    if (state != VectorIndex::due) return;
    findings_.back().state = "note";
    findings_.back().advice =
        "Until it stands, searches compare all chunks of the organization. A worker that owns the tables "
        "builds "
        "it when it is idle; else have the owner run: rag_worker init";
  }

  const Invocation& invocation_;
  std::vector<Finding> findings_;
  std::shared_ptr<const ragqueue::SourceFetcher> sources_;
  std::unique_ptr<Connection> connection_;
  std::shared_ptr<const Embedder> embedder_;
};

nlohmann::ordered_json document_of(const std::vector<Finding>& findings, bool sound) {
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    checks.push_back({{"check", finding.check},
                      {"state", finding.state},
                      {"message", finding.words},
                      {"advice", finding.advice}});
  }
  return {{"sound", sound}, {"checks", std::move(checks)}};
}

std::string text_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{:<8} {}: {}\n", finding.state, finding.check, one_line(finding.words));
    if (!finding.advice.empty()) text += fmt::format("{:<8} {}\n", "", finding.advice);
  }
  return text;
}

}  // namespace

void doctor(const Invocation& invocation) {
  const std::vector<Finding> findings = Doctor(invocation)();
  const auto faults =
      std::ranges::count_if(findings, [](const Finding& finding) { return finding.state == "fault"; });
  print(invocation.settings.json, document_of(findings, faults == 0), text_of(findings));
  if (faults > 0)
    throw ragqueue::Error(Fault::setup,
                          fmt::format("{} of {} checks found a fault", faults, findings.size()));
}

}  // namespace rag_worker
