#include "recall.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "db/transaction.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/index_store.hpp"
#include "support/database.hpp"

namespace ragqueue::recall {

namespace {

std::vector<float> embed(const std::vector<std::string_view>& texts, Purpose purpose,
                         const Embedder& embedder) {
  const std::size_t dimension = embedder.dimension();
  const std::size_t batch = embedder.limits().max_texts;
  std::vector<float> vectors(texts.size() * dimension);
  for (std::size_t first = 0; first < texts.size(); first += batch) {
    const std::size_t count = std::min(batch, texts.size() - first);
    const auto rejected =
        embedder.embed(std::span(texts).subspan(first, count), purpose,
                       std::span(vectors).subspan(first * dimension, count * dimension), {});
    if (!rejected.empty()) throw Error(Fault::input, rejected.front().reason);
  }
  return vectors;
}

SourceKey key_of(std::size_t page) {
  return {.organization_id = testing::uuid(1),
          .source_type = "page",
          .source_id = testing::uuid(static_cast<unsigned>(page))};
}

std::vector<IndexedDocument> index(std::span<const Page> pages, const Setting& setting,
                                   const Embedder& embedder) {
  const auto chunker = make_text_chunker(setting.chunks);
  std::vector<IndexedDocument> documents;
  for (std::size_t page = 0; page < pages.size(); ++page) {
    IndexedDocument indexed{.document = {.source = key_of(page), .body = pages[page].body}};
    if (setting.titles) indexed.document.title = pages[page].title;
    indexed.chunks = chunker->split(indexed.document, embedder);
    std::vector<std::string_view> texts;
    for (const Chunk& chunk : indexed.chunks) texts.emplace_back(chunk.embedded_text);
    indexed.vectors = embed(texts, Purpose::document, embedder);
    documents.push_back(std::move(indexed));
  }
  return documents;
}

void store(const testing::Database& database, const std::vector<IndexedDocument>& documents) {
  pg::Transaction transaction(database.get());
  make_postgres_index_store()->apply(database.get(), documents, {});
  transaction.commit();
  database.run("ANALYZE rag_documents, rag_chunks");
}

Score score_of(const std::vector<SearchHit>& hits, std::size_t page) {
  const auto found = std::ranges::find(hits, key_of(page).source_id, &SearchHit::source_id);
  if (found == hits.end()) return {.questions = 1};
  const auto rank = static_cast<double>(found - hits.begin() + 1);
  return {.questions = 1, .first = rank == 1 ? 1.0 : 0.0, .in_ten = 1, .inverse = 1 / rank};
}

}  // namespace

Half half_of(const Page& page) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char byte : page.name) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return (hash >> 7U) % halves == 0 ? chosen_on : judged_by;
}

Score operator+(const Score& left, const Score& right) {
  return {.questions = left.questions + right.questions,
          .first = left.first + right.first,
          .in_ten = left.in_ten + right.in_ten,
          .inverse = left.inverse + right.inverse};
}

std::vector<float> embed_questions(std::span<const Page> pages, const Embedder& embedder) {
  std::vector<std::string_view> texts;
  for (const Page& page : pages) texts.emplace_back(page.description);
  return embed(texts, Purpose::query, embedder);
}

Recall measure(std::span<const Page> pages, std::span<const float> questions, const Setting& setting,
               const Embedder& embedder) {
  const testing::Database database(embedder);
  const std::vector<IndexedDocument> documents = index(pages, setting, embedder);
  store(database, documents);
  Recall recall{};
  for (const IndexedDocument& indexed : documents) {
    recall.chunks += indexed.chunks.size();
    for (const Chunk& chunk : indexed.chunks)
      recall.tokens_per_chunk += static_cast<double>(chunk.token_count);
  }
  recall.tokens_per_chunk /= static_cast<double>(recall.chunks);
  for (std::size_t page = 0; page < pages.size(); ++page) {
    if (!pages[page].asked) continue;
    const auto question = questions.subspan(page * embedder.dimension(), embedder.dimension());
    SearchQuery query{.organization_id = testing::uuid(1),
                      .text = pages[page].description,
                      .vector = {question.begin(), question.end()}};
    for (std::size_t mode = 0; mode < modes; ++mode) {
      query.mode = static_cast<SearchMode>(mode);
      const Score score = score_of(search(database.get(), query), page);
      Score& total = recall.scores.at(mode).at(half_of(pages[page]));
      total = total + score;
      if (query.mode == SearchMode::fused && score.in_ten == 0) recall.missed.push_back(page);
    }
  }
  return recall;
}

}  // namespace ragqueue::recall
