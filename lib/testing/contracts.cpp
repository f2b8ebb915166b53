#include "ragqueue/testing/contracts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ragqueue/error.hpp"

namespace ragqueue::testing {

namespace {

void require(bool holds, const std::string& clause) {
  if (!holds) throw Error(Fault::job, "contract: " + clause);
}

using Vector = std::vector<float>;

std::vector<Vector> embed(const Embedder& embedder, const std::vector<std::string_view>& texts) {
  const std::size_t dimension = embedder.dimension();
  Vector flat(texts.size() * dimension);
  require(embedder.embed(texts, Purpose::document, flat, {}).empty(), "plain texts are not rejected");
  check_vectors(flat, dimension);
  std::vector<Vector> rows;
  for (std::size_t row = 0; row < texts.size(); ++row) {
    const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(row * dimension);
    rows.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(dimension));
  }
  return rows;
}

/// A server may sum in another order for another batch; more than rounding is another vector.
bool near(const Vector& left, const Vector& right) {
  constexpr float rounding = 1e-3F;
  return std::ranges::equal(left, right, [](float a, float b) { return std::abs(a - b) <= rounding; });
}

std::string without_space(std::string_view text) {
  std::string result;
  std::ranges::copy_if(text, std::back_inserter(result),
                       [](char byte) { return byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t'; });
  return result;
}

/// Whether the chunks, which may overlap, hold all of `text` in order.
bool covers(const std::vector<Chunk>& chunks, std::string_view text) {
  const std::string whole = without_space(text);
  std::size_t covered = 0;
  for (const Chunk& chunk : chunks) {
    const std::string content = without_space(chunk.content);
    std::size_t overlap = std::min(content.size(), covered);
    while (whole.compare(covered - overlap, content.size(), content) != 0) {
      if (overlap == 0) return false;
      --overlap;
    }
    covered += content.size() - overlap;
  }
  return covered == whole.size();
}

/// A slice of UTF-8 is UTF-8 where it begins and ends between characters.
bool has_whole_characters(std::string_view slice) {
  const auto begins_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; };
  if (slice.empty()) return true;
  if (!begins_character(slice.front())) return false;
  const auto last = std::find_if(slice.rbegin(), slice.rend(), begins_character);
  const auto length = static_cast<std::size_t>(last - slice.rbegin()) + 1;
  const auto lead = static_cast<unsigned char>(*last);
  const std::size_t due = lead < 0x80U ? 1 : lead < 0xE0U ? 2 : lead < 0xF0U ? 3 : 4;
  return length == due;
}

std::string story() {
  std::string text;
  for (int sentence = 1; sentence <= 400; ++sentence) {
    text += "Sentence " + std::to_string(sentence) + " tells of a printer with a paper jam, née Überdruck.";
    text += sentence % 5 == 0 ? "\n\n" : " ";
  }
  return text;
}

}  // namespace

void check_embedder_contract(const Embedder& embedder) {
  require(!embedder.name().empty(), "an embedder has a name");
  require(embedder.dimension() > 0, "an embedder has a dimension");
  require(embedder.limits().max_texts > 0 && embedder.limits().max_tokens > 0, "an embedder takes a text");
  const Vector question = embed_text(embedder, "paper jam");
  require(question.size() == embedder.dimension(), "a question has a vector of the same dimension");
  const std::vector<std::string_view> texts{"printer", "paper jam in the tray", "wireless network"};
  require(embedder.count_tokens(texts[1]) >= embedder.count_tokens(texts[0]),
          "a longer text has no fewer tokens");
  for (const std::string_view text : texts)
    require(embedder.count_tokens(text) > 0, "a text of words has tokens");

  std::vector<Vector> alone;
  for (const std::string_view text : texts) alone.push_back(embed(embedder, {text}).front());
  require(!near(alone[0], alone[2]), "different texts have different vectors");
  for (std::size_t index = 0; index < texts.size() && embedder.limits().max_texts >= 3; ++index) {
    require(near(embed(embedder, texts)[index], alone[index]),
            "a vector does not depend on its neighbours in the call");
  }
  (void)embed(embedder, std::vector<std::string_view>(embedder.limits().max_texts, texts[1]));

  std::array<Vector, 4> results;
  std::vector<std::thread> threads;
  for (Vector& result : results) {
    threads.emplace_back([&] { result = embed(embedder, {texts[1]}).front(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Vector& result : results)
    require(near(result, alone[1]), "threads that call at once get the same vectors");
}

void check_chunker_contract(const Chunker& chunker, const Embedder& embedder) {
  const Document document{.source = {}, .title = "A title", .body = story()};
  const std::vector<Chunk> chunks = chunker.split(document, embedder);
  require(covers(chunks, document.body), "the chunks hold all of the text, in order");
  for (const Chunk& chunk : chunks) {
    require(has_whole_characters(chunk.content), "a chunk is UTF-8: whole characters");
    require(chunk.token_count <= embedder.limits().max_tokens,
            "no chunk has more tokens than the embedder takes");
    require(embedder.count_tokens(chunk.embedded_text) <= chunk.token_count,
            "a chunk has no more tokens than it claims");
    require(chunk.token_count > 0, "a chunk has tokens");
    require(chunk.embedded_text.find(chunk.content) != std::string::npos, "a chunk's content is embedded");
    require(chunk.embedded_text.starts_with(document.title), "each chunk carries the title");
  }
  require(chunker.split(Document{.source = {}}, embedder).empty(), "a document without text has no chunks");
  const std::vector<Chunk> again = chunker.split(document, embedder);
  require(std::ranges::equal(chunks, again, {}, &Chunk::content, &Chunk::content),
          "the same document is cut the same way");
}

void check_source_fetcher_contract(const SourceFetcher& fetcher, pg_conn* connection,
                                   const SourceKey& present, const SourceKey& gone) {
  const auto fetch = [&](const std::vector<Uuid>& ids) {
    return fetcher.fetch(connection, present.organization_id, present.source_type, ids);
  };
  const std::vector<Document> found = fetch({present.source_id, gone.source_id});
  require(found.size() == 1 && found.front().source == present,
          "what is there is returned once, what is gone is not");
  require(fetch({gone.source_id}).empty(), "a source that is gone is an answer, not an error");
  require(fetch({}).empty(), "asking for nothing returns nothing");
}

void check_index_store_contract(const IndexStore& store, std::size_t dimension, const StoreAccess& access) {
  const auto key = [](std::uint8_t organization, std::uint8_t source) {
    return SourceKey{
        .organization_id = Uuid({organization}), .source_type = "contract", .source_id = Uuid({source})};
  };
  const auto indexed = [&](const SourceKey& source, std::size_t chunks) {
    return IndexedDocument{
        .document = {.source = source, .title = "title", .links = {{"contract", Uuid({9})}}},
        .chunks = std::vector<Chunk>(chunks, {.content = "text", .embedded_text = "text", .token_count = 1}),
        .vectors = Vector(chunks * dimension, 1.0F)};
  };
  const auto apply = [&](const std::vector<IndexedDocument>& upserts,
                         const std::vector<SourceKey>& removals) {
    access.transact([&](pg_conn* transaction) { store.apply(transaction, upserts, removals); });
  };
  apply({indexed(key(1, 1), 3), indexed(key(1, 2), 1), indexed(key(2, 1), 2)}, {});
  for (int repeated = 0; repeated < 2; ++repeated) {
    apply({indexed(key(1, 1), 2)}, {});
    require(access.count_chunks(key(1, 1)) == 2, "an upsert replaces all of a document");
  }
  for (int repeated = 0; repeated < 2; ++repeated) {
    apply({}, {key(1, 1)});
    require(access.count_chunks(key(1, 1)) == 0, "a removal takes all of a document");
  }
  require(access.count_chunks(key(1, 2)) == 1, "another source is untouched");
  require(access.count_chunks(key(2, 1)) == 2, "another organization is untouched");
  apply({}, {key(1, 2), key(2, 1)});
}

}  // namespace ragqueue::testing
