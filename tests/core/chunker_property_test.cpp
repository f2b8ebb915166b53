#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "counting_embedder.hpp"
#include "ragqueue/chunker.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using ragqueue::testing::count_bytes;
using ragqueue::testing::count_words;
using ragqueue::testing::CountingEmbedder;

namespace {

Document document(std::string title, std::string body) {
  Document result;
  result.title = std::move(title);
  result.body = std::move(body);
  return result;
}

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit) {
  return random() % limit;
}

constexpr std::array<std::string_view, 36> fragments = {"word",
                                                        "a",
                                                        "Printer",
                                                        " ",
                                                        " ",
                                                        " ",
                                                        "\n",
                                                        "\n\n",
                                                        "\r\n",
                                                        "\r\n\r\n",
                                                        ". ",
                                                        ", ",
                                                        "?",
                                                        "。",
                                                        "打印机",
                                                        "東京",
                                                        "ひらがな",
                                                        "ภาษาไทย",
                                                        "한국어",
                                                        "مرحبا",
                                                        "שלום",
                                                        "नमस्ते",
                                                        "👩‍👩‍👧‍👦",
                                                        "🇩🇪",
                                                        "e\u0301",
                                                        "\u0301",
                                                        "\u200D",
                                                        "\u200B",
                                                        "\u00A0",
                                                        "\uFEFF",
                                                        "- item\n",
                                                        "1. ",
                                                        "\t",
                                                        "—",
                                                        "a/b/c",
                                                        "0123456789012345678901234567890123456789"};

std::string random_text(Random& random) {
  std::string text;
  // Some texts dwell on one fragment, as real ones do.
  const std::size_t favourite = below(random, fragments.size());
  const std::size_t length = below(random, 200);
  for (std::size_t i = 0; i < length; ++i) {
    text += fragments.at(below(random, 3) == 0 ? favourite : below(random, fragments.size()));
  }
  return text;
}

/// The text's characters but white space.
std::string essence(std::string_view text) {
  std::string result;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t begin = position;
    (void)next_code_point(text, position);
    result += trim(text.substr(begin, position - begin));
  }
  return result;
}

/// Whether the chunks, one behind the other but for what is repeated, are the whole text.
bool covers(const std::vector<Chunk>& chunks, std::string_view whole) {
  std::set<std::size_t> ends = {0};  // a repetitive text can have been covered in several ways
  for (const Chunk& chunk : chunks) {
    const std::string part = essence(chunk.content);
    std::set<std::size_t> next;
    for (const std::size_t end : ends) {
      for (std::size_t start = end - std::min(end, part.size()); start <= end; ++start) {
        if (whole.substr(start, part.size()) == part) next.insert(start + part.size());
      }
    }
    ends = next;
  }
  return ends.contains(whole.size());
}

void check_promises(const Document& text, const std::vector<Chunk>& chunks, const Embedder& embedder,
                    std::size_t limit) {
  for (const Chunk& chunk : chunks) {
    CHECK(chunk.token_count == embedder.count_tokens(chunk.embedded_text));
    CHECK(chunk.token_count <= limit);
    CHECK_FALSE(find_invalid_utf8(chunk.content));
    CHECK_FALSE(chunk.content.empty());
    CHECK(trim(chunk.content) == chunk.content);
    CHECK(chunk.embedded_text.ends_with(chunk.content));
  }
  const std::string body = essence(text.body);
  CHECK(covers(chunks, body.empty() ? essence(text.title) : body));
}

/// Prose: paragraphs of one to eight sentences of four to twenty words.
std::string random_paragraph(Random& random) {
  std::string text;
  for (std::size_t sentence = 1 + below(random, 8); sentence > 0; --sentence) {
    text += "The";
    for (std::size_t word = 3 + below(random, 17); word > 0; --word)
      text += " w" + std::to_string(below(random, 5000));
    text += sentence > 1 ? ". " : ".";
  }
  return text;
}

/// The chunks of `after` that `before` does not have.
std::size_t fresh_chunks(const std::vector<Chunk>& before, const std::vector<Chunk>& after) {
  std::multiset<std::string> known;
  for (const Chunk& chunk : before) known.insert(chunk.embedded_text);
  std::size_t fresh = 0;
  for (const Chunk& chunk : after) {
    const auto found = known.find(chunk.embedded_text);
    fresh += found == known.end();
    if (found != known.end()) known.erase(found);
  }
  return fresh;
}

}  // namespace

TEST_CASE("an edit in a long text changes the chunks around it, and few behind") {
  const auto chunker = make_text_chunker();
  const CountingEmbedder embedder(count_words);
  Random random(20010);  // NOLINT(*-msc51-cpp): the same texts in each run
  std::vector<std::string> paragraphs;
  for (int count = 0; count < 150; ++count) paragraphs.push_back(random_paragraph(random));
  const auto split = [&](const std::vector<std::string>& parts, std::string_view between) {
    std::string body;
    for (const std::string& part : parts) body.append(body.empty() ? "" : between).append(part);
    return chunker->split(document("A title", body), embedder);
  };
  for (const std::string between : {"\n\n", " "}) {
    CAPTURE(between);
    const auto before = split(paragraphs, between);
    std::vector<std::size_t> word;
    std::vector<std::size_t> insertion;
    for (int round = 0; round < 200; ++round) {
      auto edited = paragraphs;
      std::string& paragraph = edited[below(random, edited.size())];
      paragraph.insert(paragraph.find(' ', below(random, paragraph.rfind(' ') + 1)), "x");
      word.push_back(fresh_chunks(before, split(edited, between)));
      auto longer = paragraphs;
      longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(below(random, longer.size())),
                    random_paragraph(random));
      insertion.push_back(fresh_chunks(before, split(longer, between)));
    }
    std::ranges::sort(word);
    std::ranges::sort(insertion);
    CHECK(word[word.size() / 2] <= 2);
    CHECK(word[word.size() * 95 / 100] <= 3);
    CHECK(word.back() <= 10);
    CHECK(insertion[insertion.size() / 2] <= 3);
    CHECK(insertion.back() <= 12);
  }
}

TEST_CASE("whatever the text: all of it, in order, within the limit, the same each time") {
  Random random(20240521);  // NOLINT(*-msc51-cpp): the same texts in each run
  for (int round = 0; round < 1500; ++round) {
    CAPTURE(round);
    const Document text = document(below(random, 2) == 0 ? "" : "Jam", random_text(random));
    const std::size_t limit = 12 + below(random, 40);
    const auto chunker = make_text_chunker({.max_tokens = limit, .overlap_tokens = below(random, limit)});
    const CountingEmbedder embedder(below(random, 2) == 0 ? count_words : count_bytes);
    const auto chunks = chunker->split(text, embedder);
    check_promises(text, chunks, embedder, limit);
    const auto again = chunker->split(text, embedder);
    REQUIRE(again.size() == chunks.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) CHECK(again[i].content == chunks[i].content);
  }
}

TEST_CASE("every split ends, whatever the embedder counts") {
  constexpr std::size_t limit = 20;
  const std::vector<std::pair<const char*, CountingEmbedder::Count>> counts = {
      {"nothing", [](std::string_view) { return std::size_t{0}; }},
      {"one", [](std::string_view) { return std::size_t{1}; }},
      {"the limit", [](std::string_view) { return limit; }},
      {"too many", [](std::string_view) { return limit + 1; }},
      {"the largest number", [](std::string_view) { return std::numeric_limits<std::size_t>::max(); }},
      {"short texts as nothing", [](std::string_view counted) { return counted.size() / 16; }},
      {"the whole as more than its parts",
       [](std::string_view counted) { return counted.size() * counted.size() / 16; }},
      {"at random",
       [](std::string_view counted) { return std::hash<std::string_view>{}(counted) % (2 * limit); }},
  };
  Random random(7);  // NOLINT(*-msc51-cpp): the same texts in each run
  for (int round = 0; round < 100; ++round) {
    const Document text = document(random_text(random), random_text(random));
    for (const auto& [name, count] : counts) {
      CAPTURE(round, name);
      const CountingEmbedder embedder(count);
      try {
        for (const Chunk& chunk :
             make_text_chunker({.max_tokens = limit, .overlap_tokens = 5})->split(text, embedder)) {
          CHECK(chunk.token_count <= limit);
        }
      } catch (const InvalidInput&) {
        SUCCEED("a character that has too many tokens");
      }
    }
  }
}

TEST_CASE("the work grows with the text, not faster") {
  struct Case {
    const char* name;
    std::string_view unit;
  };
  constexpr std::array<Case, 7> cases = {{
      {"paragraphs", "Printers jam. Pull the paper out, then start again.\n\n"},
      {"one paragraph", "Printers jam. Pull the paper out, then start again. "},
      {"one sentence", "printers jam and so pull the paper out then start again "},
      {"one word", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9w"},
      {"Chinese", "打印机卡纸了请小心地把纸拉出来然后重新开始打印"},
      {"one cluster", "\u0301\u0302"},
      {"blank lines", "\n \r\n"},
  }};
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::array<double, 2> counted{};
    for (const std::size_t size : {std::size_t{200'000}, std::size_t{1'600'000}}) {
      std::string body = "x";
      while (body.size() < size) body += c.unit;
      const CountingEmbedder embedder(count_words);
      (void)make_text_chunker()->split(document("A title", body), embedder);
      counted.at(size > 200'000) = static_cast<double>(embedder.calls + embedder.bytes);
    }
    CHECK(counted[1] <= 8.5 * counted[0] + 1000);
  }
}

TEST_CASE("a body of 50 MB has all its chunks") {
  std::string body;
  while (body.size() < 50'000'000) body += "Printers jam. Pull the paper out, then start again.\n\n";
  const CountingEmbedder embedder(count_words);
  const auto chunks =
      make_text_chunker({.max_tokens = 90, .overlap_tokens = 0, .max_document_bytes = 60'000'000})
          ->split(document("Jam", body), embedder);
  std::size_t held = 0;
  for (const Chunk& chunk : chunks) held += chunk.content.size() + 2;
  CHECK(held == body.size());
  CHECK(embedder.bytes < 3 * body.size());
}
