#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench.hpp"
#include "db/copy.hpp"
#include "made_up.hpp"
#include "ragqueue/search.hpp"
#include "ragqueue/vector_index.hpp"
#include "search/search_parts.hpp"
#include "search/sql.hpp"
#include "support/database.hpp"

namespace ragqueue::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned chunks_per_document = 4;
constexpr std::size_t words_per_chunk = 60;

std::string vector_bytes(const std::vector<float>& components) {
  std::string bytes;  // vector_send in pgvector's src/vector.c
  pg::append(bytes, static_cast<std::int16_t>(components.size()));
  pg::append(bytes, std::int16_t{0});
  for (const float component : components) pg::append(bytes, component);
  return bytes;
}

class FilteredSearch final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--chunks", chunks_, "Chunks in all organizations together");
    options.add_option("--organizations", organizations_,
                       "The last has 20 chunks, the first a quarter of all");
    options.add_option("--dimension", dimension_, "Of the vectors");
    options.add_option("--searches", searches_, "Of each kind");
    options.add_option("--k", k_, "Documents wanted");
  }

  Table run() override {
    database_ = std::make_unique<testing::Database>(Dimension(dimension_));
    vectors_ = std::make_unique<Vectors>(dimension_);
    fill();
    return {measure("smallest, 20 chunks", organizations_, {}), measure("middle", 2, {}),
            measure("largest", 1, {}), measure("largest, 1 document in 100", 1, {.visibilities = {"rare"}}),
            measure("largest, 1 in 2", 1, {.metadata = R"({"even": true})"})};
  }

 private:
  /// Bulk load as a first indexing: rows, then the HNSW index.
  void fill() {
    pg::CopyRows documents;
    pg::CopyRows chunks;
    unsigned number = 0;
    for (unsigned organization = 1; organization <= organizations_; ++organization) {
      for (unsigned count = size_of(organization) / chunks_per_document; count > 0; --count) {
        const Uuid id = testing::uuid(++number);
        documents.row(testing::uuid(organization), id, std::string_view("kb"), id, std::string_view("T"),
                      std::string_view(number % 100 == 0 ? "rare" : "common"));
        for (std::int32_t index = 0; index < static_cast<std::int32_t>(chunks_per_document); ++index) {
          chunks.row(testing::uuid(organization), id, index, words_.text(words_per_chunk), std::int32_t{1},
                     vector_bytes(vectors_->next()));
        }
      }
    }
    pg::copy_in(
        database_->get(),
        "COPY rag_documents (organization_id, id, source_type, source_id, title, visibility) FROM STDIN "
        "(FORMAT binary)",
        documents.finish());
    database_->run(
        "CREATE TEMP TABLE loaded AS SELECT organization_id, document_id, chunk_index, content, "
        "token_count, embedding FROM rag_chunks");
    pg::copy_in(database_->get(), "COPY loaded FROM STDIN (FORMAT binary)", chunks.finish());
    database_->run(
        "INSERT INTO rag_chunks (organization_id, document_id, chunk_index, content, token_count, embedding, "
        "terms) SELECT *, rag_terms(content, 'english') FROM loaded; DROP TABLE loaded");
    database_->run(
        "UPDATE rag_documents SET metadata_json = '{\"even\": true}' WHERE get_byte(uuid_send(id), 15) % 2 = "
        "0");
    build_vector_index(database_->conninfo(), 0);
    database_->run("VACUUM ANALYZE rag_documents, rag_chunks");
  }

  [[nodiscard]] unsigned size_of(unsigned organization) const {
    if (organization == organizations_) return 20;
    if (organization == 1) return chunks_ / 4;
    return (chunks_ - chunks_ / 4) / (organizations_ - 2);
  }

  Row measure(const std::string& what, unsigned organization, const SearchFilter& filter) {
    std::vector<double> times;
    std::vector<double> exact_times;
    std::vector<double> text_times;
    double same = 0;
    double wanted = 0;
    double found = 0;
    for (int count = 0; count < searches_; ++count) {
      SearchQuery query{.organization_id = testing::uuid(organization),
                        .text = words_.text(8),
                        .vector = vectors_->next(),
                        .mode = SearchMode::vector,
                        .filter = filter,
                        .limit = k_,
                        .duplicates = true};
      const auto truth = timed(exact_times, [&] { return exact(query); });
      const auto hits = timed(times, [&] { return search(database_->get(), query); });
      query.mode = SearchMode::text;
      (void)timed(text_times, [&] { return search(database_->get(), query); });
      wanted += static_cast<double>(truth.size());
      found += static_cast<double>(hits.size());
      for (const SearchHit& hit : hits)
        same += static_cast<double>(std::ranges::count(truth, hit.source_id, &SearchHit::source_id));
    }
    if (found < wanted) throw std::runtime_error(fmt::format("{}: {} of {} found", what, found, wanted));
    return {{"search", what},
            {"found", found / searches_},
            {"of", wanted / searches_},
            {"recall", same / wanted},
            {"ms", median(times)},
            {"worst ms", std::ranges::max(times)},
            {"exact ms", median(exact_times)},
            {"text ms", median(text_times)}};
  }

  std::vector<SearchHit> exact(const SearchQuery& query) const {
    pg::Params params;
    params.add(query.organization_id)
        .add_array(query.vector)
        .add(static_cast<std::int64_t>(query.limit))
        .add(std::optional<Uuid>());
    const pg::Filter filter(query.filter);
    return pg::hits_of(pg::execute(database_->get(), filter.in(sql::search_exact, 5), filter.add_to(params)),
                       &SearchHit::by_vector);
  }

  template <class Work>
  static std::vector<SearchHit> timed(std::vector<double>& times, const Work& work) {
    const auto begin = Clock::now();
    std::vector<SearchHit> result = work();
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    return result;
  }

  static double median(std::vector<double> times) {
    const auto middle = std::next(times.begin(), static_cast<std::ptrdiff_t>(times.size() / 2));
    std::ranges::nth_element(times, middle);
    return *middle;
  }

  unsigned chunks_ = 200'000;
  unsigned organizations_ = 1'000;
  std::size_t dimension_ = 64;
  int searches_ = 50;
  std::size_t k_ = 10;
  Words words_;
  std::unique_ptr<Vectors> vectors_;
  std::unique_ptr<testing::Database> database_;
};

}  // namespace

std::unique_ptr<Bench> filtered_search() {
  return std::make_unique<FilteredSearch>();
}

}  // namespace ragqueue::bench
