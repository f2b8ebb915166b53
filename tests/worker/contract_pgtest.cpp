#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "db/transaction.hpp"
#include "helpdesk.hpp"
#include "ragqueue/builtin_embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/testing/contracts.hpp"

using namespace ragqueue;
using testing::Helpdesk;
using testing::ticket;

namespace {

testing::StoreAccess access_to(const testing::Database& database) {
  return {.transact =
              [&](const auto& body) {
                pg::Transaction transaction(database.get());
                body(database.get());
                transaction.commit();
              },
          .count_chunks =
              [&](const SourceKey& source) {
                pg::Params params;
                params.add(source.organization_id).add(source.source_type).add(source.source_id);
                const pg::Result count =
                    pg::execute(database.get(),
                                "SELECT count(*) FROM rag_documents d JOIN rag_chunks c ON c.organization_id "
                                "= d.organization_id AND c.document_id = d.id "
                                "WHERE d.organization_id = $1 AND d.source_type = $2 AND d.source_id = $3",
                                params);
                return static_cast<std::size_t>(count.get<std::int64_t>(0, 0));
              }};
}

/// Forgets the last chunk.
class LossyChunker final : public Chunker {
 public:
  [[nodiscard]] std::vector<Chunk> split(const Document& document, const Embedder& embedder) const override {
    std::vector<Chunk> chunks = make_text_chunker()->split(document, embedder);
    if (!chunks.empty()) chunks.pop_back();
    return chunks;
  }
};

/// Takes what it is given and keeps none of it.
class ForgetfulStore final : public IndexStore {
 public:
  void apply(pg_conn* /*transaction*/, std::span<const IndexedDocument> /*upserts*/,
             std::span<const SourceKey> /*removals*/) const override {}
};

auto says(const std::string& part) {
  return Catch::Matchers::MessageMatches(Catch::Matchers::ContainsSubstring(part));
}

}  // namespace

TEST_CASE_METHOD(Helpdesk, "what is built in keeps the contracts of the extension points") {
  write(1, "Printer", "jam");
  CHECK_NOTHROW(testing::check_embedder_contract(*builtin_embedder()));
  CHECK_NOTHROW(testing::check_embedder_contract(*embedder));
  CHECK_NOTHROW(testing::check_chunker_contract(*make_text_chunker(), *builtin_embedder()));
  CHECK_NOTHROW(testing::check_source_fetcher_contract(*pipeline.sources, database.get(), ticket(1).source,
                                                       ticket(2).source));
  CHECK_NOTHROW(
      testing::check_index_store_contract(*pipeline.store, embedder->dimension(), access_to(database)));
}

TEST_CASE_METHOD(Helpdesk, "the contracts find out those who break them") {
  embedder->after_text = [calls = 0](std::string_view, std::span<float> vector) mutable {
    vector[0] += static_cast<float>(++calls);
  };
  CHECK_THROWS_MATCHES(testing::check_embedder_contract(*embedder), Error, says("neighbours"));
  CHECK_THROWS_MATCHES(testing::check_chunker_contract(LossyChunker{}, *builtin_embedder()), Error,
                       says("all of the text"));
  CHECK_THROWS_MATCHES(testing::check_source_fetcher_contract(*pipeline.sources, database.get(),
                                                              ticket(1).source, ticket(2).source),
                       Error, says("returned once"));
  CHECK_THROWS_MATCHES(testing::check_index_store_contract(ForgetfulStore{}, 16, access_to(database)), Error,
                       says("replaces"));
}
