#include <chrono>
#include <vector>

#include "bench.hpp"
#include "db/transaction.hpp"
#include "made_up.hpp"
#include "ragqueue/index_store.hpp"
#include "ragqueue/search.hpp"
#include "ragqueue/vector_index.hpp"
#include "support/database.hpp"

namespace ragqueue::bench {

namespace {

constexpr unsigned chunks_per_document = 4;
constexpr unsigned documents_per_batch = 10;  // a worker's
constexpr std::size_t words_per_chunk = 60;

class FirstLoad final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--chunks", sizes_, "Sizes of the load");
    options.add_option("--dimension", dimension_, "Of the vectors");
    options.add_option("--searches", searches_, "By vector, after each load, for the median");
  }

  Table run() override {
    Table table;
    for (const unsigned chunks : sizes_) table.push_back(measure(chunks));
    return table;
  }

 private:
  [[nodiscard]] Row measure(unsigned chunks) const {
    const testing::Database standing{Dimension(dimension_)};
    build_vector_index(standing.conninfo(), 0);
    const double row_by_row = seconds([&] { load(standing, chunks); });
    const testing::Database later{Dimension(dimension_)};
    const double without = seconds([&] { load(later, chunks); });
    later.run("ANALYZE rag_documents, rag_chunks");
    const double exact = median_search(later);
    const double build = seconds([&] { build_vector_index(later.conninfo(), 0); });
    return {{"chunks", chunks},
            {"index stands, s", row_by_row},
            {"no index, s", without},
            {"then built, s", build},
            {"times as long", row_by_row / (without + build)},
            {"index alone, times", (row_by_row - without) / build},
            {"exact search, ms", exact * 1000},
            {"by the index, ms", median_search(later) * 1000}};
  }

  void load(const testing::Database& database, unsigned chunks) const {
    Vectors vectors(dimension_);
    Words words;
    unsigned number = 0;
    const auto documents = chunks / chunks_per_document;
    while (number < documents) {
      std::vector<IndexedDocument> batch;
      for (unsigned count = 0; count < documents_per_batch && number < documents; ++count)
        batch.push_back(document(++number, vectors, words));
      pg::Transaction transaction(database.get());
      make_postgres_index_store()->apply(database.get(), batch, {});
      transaction.commit();
    }
  }

  static IndexedDocument document(unsigned number, Vectors& vectors, Words& words) {
    IndexedDocument indexed{.document = {.source = {.organization_id = testing::uuid(1),
                                                    .source_type = "kb",
                                                    .source_id = testing::uuid(number)},
                                         .title = words.text(5)}};
    for (unsigned chunk = 0; chunk < chunks_per_document; ++chunk) {
      indexed.chunks.push_back(
          {.content = words.text(words_per_chunk), .embedded_text = {}, .token_count = 80});
      const std::vector<float> vector = vectors.next();
      indexed.vectors.insert(indexed.vectors.end(), vector.begin(), vector.end());
    }
    return indexed;
  }

  [[nodiscard]] double median_search(const testing::Database& database) const {
    Vectors vectors(dimension_);
    std::vector<double> times;
    for (int count = 0; count < searches_; ++count) {
      const SearchQuery query{
          .organization_id = testing::uuid(1), .vector = vectors.next(), .mode = SearchMode::vector};
      times.push_back(seconds([&] { (void)search(database.get(), query); }));
    }
    const auto middle = times.begin() + searches_ / 2;
    std::ranges::nth_element(times, middle);
    return *middle;
  }

  template <class Work>
  static double seconds(const Work& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  std::vector<unsigned> sizes_{1'000, 10'000, 50'000};
  std::size_t dimension_ = 512;  // as of the built-in model
  int searches_ = 31;
};

}  // namespace

std::unique_ptr<Bench> first_load() {
  return std::make_unique<FirstLoad>();
}

}  // namespace ragqueue::bench
