// A source that is no table and an embedder that is no model: text files of a directory, by hashed words.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <ragqueue/connection.hpp>
#include <ragqueue/enqueue.hpp>
#include <ragqueue/schema.hpp>
#include <ragqueue/search.hpp>
#include <ragqueue/testing/postgres.hpp>
#include <ragqueue/worker.hpp>
#include <sstream>

using namespace ragqueue;

namespace {

/// The file `<source id>.txt`: a title on the first line, then the body.
class TextFiles : public SourceFetcher {
 public:
  explicit TextFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  std::vector<Document> fetch(pg_conn* /*connection*/, const Uuid& organization, std::string_view type,
                              std::span<const Uuid> ids) const override {
    std::vector<Document> documents;
    for (const Uuid& id : ids) {
      std::ifstream file(directory_ / (id.to_string() + ".txt"));
      if (!file) continue;  // gone: that is an answer, and the source leaves the index
      auto& document = documents.emplace_back();
      document.source = {organization, std::string(type), id};
      std::getline(file, document.title);
      document.body.assign(std::istreambuf_iterator<char>(file), {});
    }
    return documents;
  }

 private:
  std::filesystem::path directory_;
};

/// Feature hashing: each word adds one at the place that its hash names.
class HashedWords : public Embedder {
 public:
  std::string_view name() const override { return "hashed-words-256"; }
  std::size_t dimension() const override { return 256; }
  EmbedderLimits limits() const override { return {.max_tokens = 1000, .max_texts = 100}; }
  std::size_t count_tokens(std::string_view text) const override { return text.size() / 2 + 1; }

  std::vector<RejectedText> embed(std::span<const std::string_view> texts, Purpose /*purpose*/,
                                  std::span<float> vectors, const std::stop_token& /*stop*/) const override {
    std::ranges::fill(vectors, 0.0F);
    for (std::size_t row = 0; row < texts.size(); ++row) {
      std::istringstream words{std::string(texts[row])};
      for (std::string word; words >> word;) {
        std::ranges::transform(word, word.begin(), [](unsigned char letter) { return std::tolower(letter); });
        vectors[row * dimension() + std::hash<std::string>{}(word) % dimension()] += 1;
      }
    }
    return {};
  }
};

const auto acme = Uuid::parse("6f1c2a5e-0b7d-4d0e-9a53-1f0c8f5b7a10");
const auto note = Uuid::parse("0191d3a5-7c1e-7000-8000-00000000002a");

void index_and_search(const std::string& conninfo, const Pipeline& pipeline, std::string_view words) {
  const Connection db(conninfo);
  enqueue_index(db.get(), Request{.source = {acme, "note", note}});
  Worker worker(pipeline, {.conninfo = conninfo, .drain = true});
  worker.start();
  worker.wait();
  const std::vector<float> question = embed_text(*pipeline.embedder, words);
  const auto hits =
      search(db.get(), {.organization_id = acme, .text = std::string(words), .vector = question, .limit = 1});
  std::cout << words << ": " << (hits.empty() ? "nothing" : hits.front().title) << '\n';
}

}  // namespace

int main() {
  const testing::PrivatePostgres postgres;  // in your program: the application's database
  std::string directory = std::filesystem::temp_directory_path() / "notes-XXXXXX";
  const std::filesystem::path notes = mkdtemp(directory.data());
  const Pipeline pipeline{std::make_shared<TextFiles>(notes), make_text_chunker(),
                          std::make_shared<HashedWords>(), make_postgres_index_store()};
  create_or_upgrade_schema(Connection(postgres.conninfo()).get(), *pipeline.embedder);

  const auto file = notes / (note.to_string() + ".txt");
  std::ofstream(file) << "Coffee machine\nDescale it on the first Monday.\n";
  index_and_search(postgres.conninfo(), pipeline, "descale the machine");
  std::filesystem::remove(file);
  index_and_search(postgres.conninfo(), pipeline, "descale the machine");
  std::filesystem::remove(notes);
}

// Output:
// descale the machine: Coffee machine
// descale the machine: nothing
