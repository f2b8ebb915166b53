#include "chunk/content_hash.hpp"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace ragqueue;

namespace {

/// Has a name only.
class Named final : public Embedder {
 public:
  explicit Named(std::string_view name) : name_(name) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::size_t dimension() const override { return 1; }
  [[nodiscard]] EmbedderLimits limits() const override { return {}; }
  [[nodiscard]] std::size_t count_tokens(std::string_view /*text*/) const override { return 1; }
  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> /*texts*/,
                                                Purpose /*purpose*/, std::span<float> /*vectors*/,
                                                const std::stop_token& /*stop*/) const override {
    return {};
  }

 private:
  std::string_view name_;
};

const Named words("words");
const Chunk chunk{.content = "paper jam", .embedded_text = "Printer\npaper jam", .token_count = 3};

}  // namespace

TEST_CASE("a chunk's hash is of template version, model, embedded text and content, each with its length") {
  // Computed with Python's hashlib. Another value makes every stored chunk be embedded anew: so it is to be
  // when what is embedded changes, together with the template's version, and else never.
  CHECK(hash_chunk(chunk, words).to_string() == "26055e29-46f1-8e4c-99bc-ca0264942899");
}

TEST_CASE("a chunk's hash changes with all that is embedded or stored, and with nothing else") {
  std::set<Uuid> hashes{hash_chunk(chunk, words), hash_chunk(chunk, Named("other words"))};
  hashes.insert(hash_chunk({.content = "paper jam", .embedded_text = "Copier\npaper jam"}, words));
  hashes.insert(hash_chunk({.content = "paper jams", .embedded_text = "Printer\npaper jam"}, words));
  hashes.insert(hash_chunk({.content = "mpaper jam", .embedded_text = "Printer\npaper ja"}, words));
  CHECK(hashes.size() == 5);
  Chunk counted = chunk;
  counted.token_count = 4;
  CHECK(hash_chunk(counted, words) == hash_chunk(chunk, words));
}

TEST_CASE("a document's hash changes with each part of it") {
  const std::array chunks{hash_chunk(chunk, words)};
  const Document plain{.source = {}, .title = "T"};
  std::set<Uuid> hashes{hash_document(plain, chunks), hash_document(plain, {})};
  const auto add = [&](const auto& change) {
    Document changed = plain;
    change(changed);
    hashes.insert(hash_document(changed, chunks));
  };
  const auto with_link = [&](const Link& link) { add([&](Document& d) { d.links = {link}; }); };
  add([](Document& d) { d.title = "U"; });
  add([](Document& d) { d.visibility = "public"; });
  add([](Document& d) { d.metadata = "{}"; });
  with_link({.source_type = "kb", .source_id = {}});
  with_link({.source_type = "page", .source_id = {}});
  with_link({.source_type = "kb", .source_id = hash_fields({})});
  with_link({.source_type = "kb", .source_id = {}, .edge_type = "seealso"});
  with_link({.source_type = "kb", .source_id = {}, .weight = 2});
  CHECK(hashes.size() == 10);
}
