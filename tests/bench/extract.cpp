#include <fmt/format.h>
#include <libxml/HTMLparser.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench.hpp"
#include "ragqueue/builtin_embedder.hpp"
#include "ragqueue/chunker.hpp"
#include "ragqueue/text_extractor.hpp"

namespace ragqueue::bench {

namespace {

using Texts = std::vector<std::string>;

double cpu_seconds(const std::function<void()>& action) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  const double begin = now();
  action();
  return now() - begin;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What libxml2 alone makes of a page: the texts of its body, paragraphs by the ends of blocks, white space
/// folded.
class PlainReader {
 public:
  static std::string strip(const std::string& html) {
    PlainReader reader;
    htmlSAXHandler handler{};
    handler.startElement = [](void* self, const xmlChar* name, const xmlChar** /*attributes*/) {
      static_cast<PlainReader*>(self)->begin(reinterpret_cast<const char*>(name));
    };
    handler.endElement = [](void* self, const xmlChar* name) {
      static_cast<PlainReader*>(self)->end(reinterpret_cast<const char*>(name));
    };
    handler.characters = [](void* self, const xmlChar* bytes, int size) {
      static_cast<PlainReader*>(self)->add(
          {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
    };
    handler.ignorableWhitespace = handler.characters;
    const auto parser =
        htmlCreatePushParserCtxt(&handler, &reader, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8);
    htmlParseChunk(parser, html.data(), static_cast<int>(html.size()), 1);
    htmlFreeParserCtxt(parser);
    return std::move(reader.text_);
  }

 private:
  static bool is_unseen(std::string_view name) {
    return name == "head" || name == "script" || name == "style";
  }

  void begin(std::string_view name) {
    if (is_unseen(name)) ++unseen_;
  }
  void end(std::string_view name) {
    static const std::set<std::string_view> blocks{"p",   "div",   "h1", "h2", "h3", "h4",
                                                   "pre", "table", "ul", "ol", "dl"};
    static const std::set<std::string_view> lines{"li", "tr", "dt", "dd"};
    if (is_unseen(name)) --unseen_;
    if (blocks.contains(name)) text_ += "\n\n";
    if (lines.contains(name)) text_ += '\n';
    if (name == "td" || name == "th") text_ += ' ';
  }
  void add(std::string_view part) {
    if (unseen_ > 0) return;
    for (const char c : part) {
      const bool is_space = c == ' ' || c == '\n' || c == '\t';
      if (!is_space) text_ += c;
      if (is_space && !text_.empty() && text_.back() != ' ' && text_.back() != '\n') text_ += ' ';
    }
  }

  std::string text_{};
  int unseen_ = 0;
};

struct Cut {
  std::size_t chunks = 0, tokens = 0, short_parts = 0;
};

class ExtractBench final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options
        .add_option("DIRECTORY", directory_,
                    "folder with HTML pages, such as that of Debian's postgresql-doc-15")
        ->required();
  }

  [[nodiscard]] Table run() override {
    Texts pages;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
      if (entry.path().extension() == ".html") pages.push_back(read(entry.path()));
    }
    if (pages.empty()) throw std::runtime_error(directory_ + " has no HTML pages");
    const auto extractor = make_text_extractor();
    std::vector<Document> extracted;
    Texts stripped;
    const double ours = cpu_seconds([&] {
      for (const std::string& page : pages) {
        ExtractedText text = extractor->extract(page, TextFormat::automatic);
        extracted.push_back({.source = {}, .body = std::move(text.text), .blocks = std::move(text.blocks)});
      }
    });
    const double alone = cpu_seconds([&] {
      for (const std::string& page : pages) stripped.push_back(PlainReader::strip(page));
    });
    std::vector<Document> bare;
    for (std::string& text : stripped) bare.push_back({.source = {}, .body = std::move(text)});
    std::size_t bytes = 0;
    for (const std::string& page : pages) bytes += page.size();
    return {row("extractor", pages.size(), bytes, ours, cut(extracted)),
            row("libxml2 alone", pages.size(), bytes, alone, cut(bare))};
  }

 private:
  static Row row(const char* what, std::size_t pages, std::size_t bytes, double seconds, const Cut& cut) {
    return {
        {"what", what},         {"pages", pages},       {"MB/s", static_cast<double>(bytes) / 1e6 / seconds},
        {"chunks", cut.chunks}, {"tokens", cut.tokens}, {"short parts", cut.short_parts}};
  }

  /// Short parts have less than 40 bytes and are no paragraph of the text.
  static Cut cut(const std::vector<Document>& documents) {
    const auto embedder = builtin_embedder();
    const auto chunker = make_text_chunker();
    Cut result;
    for (const Document& document : documents) {
      for (const Chunk& chunk : chunker->split(document, *embedder)) {
        ++result.chunks;
        result.tokens += chunk.token_count;
        const bool is_whole =
            ("\n\n" + document.body + "\n\n").find("\n\n" + chunk.content + "\n\n") != std::string::npos;
        if (chunk.content.size() < 40 && !is_whole) ++result.short_parts;
      }
    }
    return result;
  }

  std::string directory_;
};

}  // namespace

std::unique_ptr<Bench> extract() {
  return std::make_unique<ExtractBench>();
}

}  // namespace ragqueue::bench
