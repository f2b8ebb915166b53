#include "ragqueue/chunker.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "counting_embedder.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
using ragqueue::testing::count_bytes;
using ragqueue::testing::count_words;
using ragqueue::testing::CountingEmbedder;

namespace {

using Texts = std::vector<std::string>;

Document document(std::string title, std::string body) {
  Document result;
  result.title = std::move(title);
  result.body = std::move(body);
  return result;
}

std::string repeat(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}

std::vector<Chunk> split(const Document& text, const ChunkOptions& options,
                         const CountingEmbedder::Count& count = count_words) {
  return make_text_chunker(options)->split(text, CountingEmbedder(count));
}

Texts contents(const Document& text, const ChunkOptions& options,
               const CountingEmbedder::Count& count = count_words) {
  Texts result;
  for (const Chunk& chunk : split(text, options, count)) result.push_back(chunk.content);
  return result;
}

template <class Call>
InvalidInput refusal(Call call) {
  try {
    (void)call();
  } catch (const InvalidInput& error) {
    return error;
  }
  throw std::logic_error("was accepted");
}

struct Case {
  const char* name;
  std::string body;
  std::size_t max_tokens;
  std::size_t overlap_tokens;
  Texts expected;
};

// Which boundary in the second half of a chunk is chosen is a matter of hashes; that it is one of the highest
// level is not.
const std::vector<Case> cases = {
    {"nothing", "", 10, 0, {}},
    {"only white space", " \r\n\t\x01\u200B\uFEFF\n\n", 10, 0, {}},
    {"what fits is one chunk", "  one two.\n\nthree four\n", 10, 0, {"one two.\n\nthree four"}},
    {"paragraphs are kept whole", "a b c.\n\nd e f.\n\ng h i.", 6, 0, {"a b c.\n\nd e f.", "g h i."}},
    {"with CRLF too", "a b c.\r\n\r\nd e f.\r\n\r\ng h i.", 6, 0, {"a b c.", "d e f.\r\n\r\ng h i."}},
    {"a heading stays with its text",
     "Heading\n\nA b c d. E f g h.",
     8,
     0,
     {"Heading\n\nA b c d.", "E f g h."}},
    {"else sentences", "A b c. D e f. G h i.", 6, 0, {"A b c.", "D e f. G h i."}},
    {"items of a list",
     "- one two\n- three four\n1. five six",
     6,
     0,
     {"- one two", "- three four\n1. five six"}},
    {"else words", "a b c d e f g h", 3, 0, {"a b c", "d e f", "g h"}},
    {"a long sentence", "Abc. D e f g h i j.", 5, 0, {"Abc. D e f", "g h i j."}},
    {"a word that is too long", std::string(40, 'x'), 24, 0, {std::string(17, 'x'), std::string(23, 'x')}},
    {"Chinese, between words", "打印机卡纸了请重新开始", 18, 0, {"打印机卡纸", "了请重新开始"}},
    {"Japanese", "東京タワーに行きました", 18, 0, {"東京タワーに", "行きました"}},
    {"Thai", "ภาษาไทยภาษาไทย", 30, 0, {"ภาษาไทย", "ภาษาไทย"}},
    {"Arabic and Hebrew", "مرحبا بالعالم שלום עולם", 4, 0, {"مرحبا بالعالم", "שלום עולם"}},
    {"families are not torn apart",
     "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦",
     60,
     0,
     {"👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"}},
    {"combining marks stay with their letter", "e\u0301e\u0301e\u0301", 8, 0, {"e\u0301e\u0301", "e\u0301"}},
    {"a cluster that is too large is cut between code points",
     "a\u0301\u0301\u0301",
     4,
     0,
     {"a\u0301", "\u0301\u0301"}},
    {"overlap by sentences", "A b. C d. E f. G h. I j.", 6, 2, {"A b. C d. E f.", "E f. G h. I j."}},
    {"overlap by words when a sentence is too long",
     "A b c d e f. G h i j k. L m.",
     7,
     2,
     {"A b c d e f.", "e f. G h i j k.", "j k. L m."}},
    {"overlap gives way to a whole paragraph",
     "A b c d. E f.\n\nG h i j k l.",
     6,
     2,
     {"A b c d. E f.", "G h i j k l."}},
    {"overlap is never a whole chunk", "Abcdefgh.\n\nB c d e.", 4, 2, {"Abcdefgh.", "B c d e."}},
};

}  // namespace

TEST_CASE("a body is cut where it is cut itself") {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const ChunkOptions options{.max_tokens = c.max_tokens, .overlap_tokens = c.overlap_tokens};
    const bool has_spaces = c.body.find(' ') != std::string::npos;
    CHECK(contents(document({}, c.body), options, has_spaces ? count_words : count_bytes) == c.expected);
  }
}

TEST_CASE("the title leads what is embedded of each chunk, and takes part of its tokens") {
  const auto chunks =
      split(document(" Paper jam\n", "A b c d. E f g h."), {.max_tokens = 6, .overlap_tokens = 0});
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[0].content == "A b c d.");
  CHECK(chunks[0].embedded_text == "Paper jam\nA b c d.");
  CHECK(chunks[0].token_count == 6);
  CHECK(chunks[1].embedded_text == "Paper jam\nE f g h.");
}

TEST_CASE("a title without a body is a chunk, nothing is none") {
  const auto chunks = split(document("Paper jam", " \n"), {});
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].content == "Paper jam");
  CHECK(chunks[0].embedded_text == "Paper jam");
  CHECK(chunks[0].token_count == 2);
  CHECK(split(document(" ", ""), {}).empty());
}

TEST_CASE("of a title that is too long, the first words lead the chunks, and all of it is text") {
  const auto chunks = split(document("one two three four five six seven eight", "a b c d."),
                            {.max_tokens = 6, .overlap_tokens = 0});
  REQUIRE(chunks.size() == 3);
  CHECK(chunks[0].embedded_text == "one two three four five six");
  CHECK(chunks[1].embedded_text == "seven eight");
  CHECK(chunks[2].embedded_text == "one two\na b c d.");
}

TEST_CASE("the embedder's own limit holds when it is lower") {
  const CountingEmbedder embedder(count_words, 3);
  const auto chunks = make_text_chunker({.max_tokens = 100})->split(document({}, "A b c. D e."), embedder);
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[0].content == "A b c.");
  CHECK_THROWS_AS(make_text_chunker()->split(document("a", {}), CountingEmbedder(count_words, 0)), Error);
}

TEST_CASE("a change early in the text leaves later boundaries where they were") {
  std::string body;
  for (int i = 0; i < 200; ++i)
    body +=
        "Paragraph " + std::to_string(i) + repeat(" word", static_cast<std::size_t>(i * 7 % 23)) + ".\n\n";
  const ChunkOptions options{.max_tokens = 60, .overlap_tokens = 10};
  const Texts before = contents(document("T", body), options);
  const Texts after = contents(document("T", "A few words that were not there. " + body), options);
  std::size_t same = 0;
  while (same < before.size() && before[before.size() - 1 - same] == after[after.size() - 1 - same]) ++same;
  CHECK(same > before.size() * 3 / 4);
}

TEST_CASE("text that is not UTF-8 is refused with its place") {
  for (const std::string field : {"title", "body"}) {
    for (const auto& [text, reason] : std::vector<std::pair<std::string, std::string>>{
             {"ab\xFF", "not UTF-8 at byte 2"},
             {"M\xFCnchen", "not UTF-8 at byte 1"},
             {"cut \xE2\x82", "not UTF-8 at byte 4"},
             {std::string("a\0b", 3), "NUL at byte 1"},
         }) {
      CAPTURE(field, text);
      const Document broken = field == "title" ? document(text, "ok") : document("ok", text);
      const InvalidInput error = refusal([&] { return split(broken, {}); });
      CHECK(error.field() == field);
      CHECK(error.fault() == Fault::input);
      CHECK_THAT(error.what(), ContainsSubstring(reason));
    }
  }
}

TEST_CASE("a document that is too large is refused with its size, the limit and the option") {
  const ChunkOptions options{.max_document_bytes = 1000};
  const InvalidInput body = refusal([&] { return split(document("t", std::string(1000, 'x')), options); });
  CHECK(body.field() == "body");
  CHECK_THAT(body.what(), ContainsSubstring("1001 bytes") && ContainsSubstring("1000 (max_document_bytes)"));
  const InvalidInput title = refusal([&] { return split(document(std::string(1001, 'x'), {}), options); });
  CHECK(title.field() == "title");
  CHECK(split(document("t", std::string(999, 'x')), options).size() > 1);
}

TEST_CASE("options that cannot be are refused by name") {
  CHECK(refusal([] { return make_text_chunker({.max_tokens = 0}); }).field() == "max_tokens");
  CHECK(refusal([] { return make_text_chunker({.max_tokens = 10, .overlap_tokens = 10}); }).field() ==
        "overlap_tokens");
}

TEST_CASE("a character that fits only alone goes without the title") {
  const auto chunks = split(document("t", "猫犬"), {.max_tokens = 3, .overlap_tokens = 0}, count_bytes);
  REQUIRE(chunks.size() == 2);
  CHECK(chunks[0].embedded_text == "猫");
  CHECK(chunks[1].embedded_text == "犬");
}

TEST_CASE("a character that does not fit even alone is refused") {
  const InvalidInput error = refusal(
      [] { return split(document({}, "a 猫"), {.max_tokens = 2, .overlap_tokens = 0}, count_bytes); });
  CHECK(error.field() == "body");
  CHECK_THAT(error.what(),
             ContainsSubstring("byte 2") && ContainsSubstring("3 tokens") && ContainsSubstring("at most 2"));
}

TEST_CASE("a passage has an end even where the tokenizer counts a long run of unknown characters as one") {
  std::string body;
  for (int character = 0; character < 70'000; ++character) body += "語";
  const CountingEmbedder one_for_all([](std::string_view) { return std::size_t{1}; });
  const auto chunks =
      make_text_chunker({.max_tokens = 100})->split({.source = {}, .title = "t", .body = body}, one_for_all);
  CHECK(chunks.size() > 100);
  for (const Chunk& chunk : chunks) CHECK(chunk.embedded_text.size() <= 100 * 16 + 15);
}
