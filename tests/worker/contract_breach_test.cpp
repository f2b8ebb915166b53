// The contracts of the extension points, each broken once: a check that passes them all would check nothing.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/testing/contracts.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using testing::WordEmbedder;

namespace {

auto says(const std::string& part) {
  return Catch::Matchers::MessageMatches(Catch::Matchers::ContainsSubstring(part));
}

struct CountsNothing final : WordEmbedder {
  [[nodiscard]] std::size_t count_tokens(std::string_view /*text*/) const override { return 0; }
};

struct CountsBackwards final : WordEmbedder {
  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override {
    return 1'000 - std::min<std::size_t>(text.size(), 999);
  }
};

struct MixesUpRows final : WordEmbedder {
  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> texts, Purpose purpose,
                                                std::span<float> vectors,
                                                const std::stop_token& stop) const override {
    std::vector<std::string_view> turned(texts.rbegin(), texts.rend());
    return WordEmbedder::embed(turned, purpose, vectors, stop);
  }
};

/// Cuts by bytes, whatever they are.
struct ByteChunker final : Chunker {
  [[nodiscard]] std::vector<Chunk> split(const Document& document, const Embedder& embedder) const override {
    constexpr std::size_t size = 100;
    std::vector<Chunk> chunks;
    for (std::size_t begin = 0; begin < document.body.size(); begin += size) {
      Chunk chunk{.content = document.body.substr(begin, size), .embedded_text = {}};
      chunk.embedded_text = document.title + '\n' + chunk.content;
      chunk.token_count = embedder.count_tokens(chunk.embedded_text);
      chunks.push_back(std::move(chunk));
    }
    return chunks;
  }
};

/// What the built-in chunker makes, spoilt.
struct SpoiltChunker final : Chunker {
  std::function<void(std::vector<Chunk>&)> spoil{};

  [[nodiscard]] std::vector<Chunk> split(const Document& document, const Embedder& embedder) const override {
    std::vector<Chunk> chunks = make_text_chunker()->split(document, embedder);
    if (!chunks.empty()) spoil(chunks);
    return chunks;
  }
};

/// In memory, with the mistakes that are asked for.
struct MemoryStore final : IndexStore {
  bool appends = false, keeps_removed = false, mixes_organizations = false;
  mutable std::map<SourceKey, std::size_t> chunks{};

  void apply(pg_conn* /*transaction*/, std::span<const IndexedDocument> upserts,
             std::span<const SourceKey> removals) const override {
    for (const IndexedDocument& upsert : upserts) {
      std::size_t& count = chunks[upsert.document.source];
      count = (appends ? count : 0) + upsert.chunks.size();
    }
    for (const SourceKey& removal : removals) {
      if (keeps_removed) continue;
      std::erase_if(chunks, [&](const auto& stored) {
        return mixes_organizations ? stored.first.source_id == removal.source_id : stored.first == removal;
      });
    }
  }
  [[nodiscard]] testing::StoreAccess access() const {
    return {.transact = [](const auto& body) { body(nullptr); },
            .count_chunks = [this](const SourceKey& source) { return chunks[source]; }};
  }
};

void check_spoilt(const std::function<void(std::vector<Chunk>&)>& spoil, const std::string& clause) {
  SpoiltChunker chunker;
  chunker.spoil = spoil;
  CHECK_THROWS_MATCHES(testing::check_chunker_contract(chunker, WordEmbedder{}), Error, says(clause));
}

}  // namespace

TEST_CASE("an embedder that breaks its contract is found out", "[contract]") {
  CHECK_NOTHROW(testing::check_embedder_contract(WordEmbedder{}));
  CHECK_THROWS_MATCHES(testing::check_embedder_contract(CountsNothing{}), Error, says("has tokens"));
  CHECK_THROWS_MATCHES(testing::check_embedder_contract(CountsBackwards{}), Error, says("no fewer tokens"));
  CHECK_THROWS_MATCHES(testing::check_embedder_contract(MixesUpRows{}), Error, says("neighbours"));

  WordEmbedder not_a_number;
  not_a_number.after_text = [](std::string_view, std::span<float> vector) {
    vector[0] = std::numeric_limits<float>::quiet_NaN();
  };
  CHECK_THROWS_MATCHES(testing::check_embedder_contract(not_a_number), Error, says("NaN"));

  WordEmbedder choosy;
  choosy.refuse = [](std::string_view text) -> std::optional<RejectedText> {
    if (text.find("wireless") == std::string_view::npos) return std::nullopt;
    return RejectedText{.reason = "no"};
  };
  CHECK_THROWS_MATCHES(testing::check_embedder_contract(choosy), Error, says("not rejected"));

  WordEmbedder alike;
  alike.after_text = [](std::string_view, std::span<float> vector) { std::ranges::fill(vector, 1.0F); };
  CHECK_THROWS_MATCHES(testing::check_embedder_contract(alike), Error, says("different vectors"));
}

TEST_CASE("a chunker that breaks its contract is found out", "[contract]") {
  CHECK_NOTHROW(testing::check_chunker_contract(*make_text_chunker(), WordEmbedder{}));
  CHECK_THROWS_MATCHES(testing::check_chunker_contract(ByteChunker{}, WordEmbedder{}), Error,
                       says("whole characters"));
  check_spoilt([](auto& chunks) { chunks.pop_back(); }, "all of the text");
  check_spoilt([](auto& chunks) { std::swap(chunks.front(), chunks.back()); }, "in order");
  check_spoilt([](auto& chunks) { chunks.back().token_count = 1; }, "than it claims");
  check_spoilt([](auto& chunks) { chunks.back().token_count = 1'000; }, "than the embedder takes");
  check_spoilt([](auto& chunks) { chunks.back().embedded_text = chunks.back().content; }, "title");
  check_spoilt(
      [calls = 0](auto& chunks) mutable {
        if (++calls > 1) chunks.push_back(chunks.back());
      },
      "the same way");
}

TEST_CASE("an index store that breaks its contract is found out", "[contract]") {
  const MemoryStore good;
  CHECK_NOTHROW(testing::check_index_store_contract(good, 4, good.access()));
  MemoryStore appends, keeps, mixes;
  appends.appends = keeps.keeps_removed = mixes.mixes_organizations = true;
  CHECK_THROWS_MATCHES(testing::check_index_store_contract(appends, 4, appends.access()), Error,
                       says("replaces"));
  CHECK_THROWS_MATCHES(testing::check_index_store_contract(keeps, 4, keeps.access()), Error,
                       says("a removal takes all"));
  CHECK_THROWS_MATCHES(testing::check_index_store_contract(mixes, 4, mixes.access()), Error,
                       says("another organization"));
}
