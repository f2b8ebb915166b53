#include "chunk/segment.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using ragqueue::SegmentLevel;
using ragqueue::SegmentReader;

namespace {

using Texts = std::vector<std::string>;

Texts segments(std::string_view text, SegmentLevel level) {
  Texts result;
  SegmentReader reader(text, 0, text.size(), level);
  while (const auto segment = reader.next()) {
    CHECK(segment->level == level);
    result.emplace_back(text.substr(segment->begin, segment->end - segment->begin));
  }
  return result;
}

std::string repeat(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}

struct Case {
  const char* name;
  SegmentLevel level;
  std::string text;
  Texts expected;
};

const std::vector<Case> cases = {
    {"nothing", SegmentLevel::paragraph, "", {}},
    {"only white space", SegmentLevel::paragraph, " \n\n\t\xE3\x80\x80\n", {}},
    {"one line end does not end a paragraph", SegmentLevel::paragraph, "a\nb", {"a\nb"}},
    {"a blank line does", SegmentLevel::paragraph, "a\nb\n\n\nc\n", {"a\nb", "c"}},
    {"a line of spaces is blank", SegmentLevel::paragraph, "a\n \t\n  b", {"a", "b"}},
    {"with CRLF too", SegmentLevel::paragraph, "a\r\nb\r\n\r\nc\r\n", {"a\r\nb", "c"}},

    {"sentences", SegmentLevel::sentence, "It is on. Is it? Yes!", {"It is on.", "Is it?", "Yes!"}},
    {"an abbreviation in a sentence",
     SegmentLevel::sentence,
     "See e.g. the manual.",
     {"See e.g. the manual."}},
    {"a number with a point", SegmentLevel::sentence, "Version 3.14 is out.", {"Version 3.14 is out."}},
    {"ideographic full stops", SegmentLevel::sentence, "卡纸了。请重新开始！", {"卡纸了。", "请重新开始！"}},
    {"items of a list",
     SegmentLevel::sentence,
     "Steps:\n- Open it\n- close it\n1. Go",
     {"Steps:", "- Open it", "- close it", "1. Go"}},
    {"a wrapped line",
     SegmentLevel::sentence,
     "the printer\nis jammed\r\n  again. Help!",
     {"the printer\nis jammed\r\n  again.", "Help!"}},
    {"a line that begins anew", SegmentLevel::sentence, "The printer\nMy desk", {"The printer", "My desk"}},

    {"words", SegmentLevel::word, "the paper  jam", {"the", "paper", "jam"}},
    {"punctuation stays with its word",
     SegmentLevel::word,
     "Yes, it's (very) hot!",
     {"Yes,", "it's", "(", "very)", "hot!"}},
    {"a path", SegmentLevel::word, "/usr/share", {"/", "usr/", "share"}},
    {"Chinese words", SegmentLevel::word, "打印机卡纸。", {"打印", "机", "卡", "纸。"}},
    {"Japanese words", SegmentLevel::word, "東京に行く。", {"東京", "に", "行く。"}},
    {"Thai words", SegmentLevel::word, "ภาษาไทย", {"ภาษา", "ไทย"}},

    {"grapheme clusters", SegmentLevel::grapheme, "e\xCC\x81x", {"e\xCC\x81", "x"}},
    {"a family is one",
     SegmentLevel::grapheme,
     "👩‍👩‍👧‍👦👍🏽",
     {"👩‍👩‍👧‍👦", "👍🏽"}},
    {"flags", SegmentLevel::grapheme, "🇩🇪🇫🇷", {"🇩🇪", "🇫🇷"}},
    {"Hangul jamo", SegmentLevel::grapheme, "각ᄂ", {"각", "ᄂ"}},
    {"code points", SegmentLevel::code_point, "e\xCC\x81 猫", {"e", "\xCC\x81", "猫"}},
};

}  // namespace

TEST_CASE("a text is read in its own segments") {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(segments(c.text, c.level) == c.expected);
  }
}

TEST_CASE("a text much longer than the window has the same segments") {
  // Of odd lengths, so that windows end within segments, and within characters.
  const std::string sentence = "Die Tür öffnet sich nicht – 猫は外。";
  const std::size_t times = 5 * SegmentReader::max_segment_bytes / sentence.size();
  CHECK(segments(repeat(sentence, times), SegmentLevel::sentence) == Texts(times, sentence));
  CHECK(segments(repeat("naïve ", times), SegmentLevel::word) == Texts(times, "naïve"));
  CHECK(segments(repeat("👩‍👩‍👧‍👦", times), SegmentLevel::grapheme) ==
        Texts(times, "👩‍👩‍👧‍👦"));
}

TEST_CASE("a sentence longer than the window is cut between words") {
  const std::string text = repeat("überaus ", SegmentReader::max_segment_bytes / 3);
  const Texts parts = segments(text, SegmentLevel::sentence);
  REQUIRE(parts.size() > 2);
  for (const std::string& part : parts) {
    CHECK(part.size() <= SegmentReader::max_segment_bytes);
    CHECK(part.starts_with("überaus"));
    CHECK(part.ends_with("überaus"));
  }
}

TEST_CASE("a word longer than the window is cut between characters") {
  const std::string accented = "e\xCC\x81";
  const Texts parts = segments(repeat(accented, SegmentReader::max_segment_bytes), SegmentLevel::word);
  REQUIRE(parts.size() > 2);
  for (const std::string& part : parts) CHECK(part.size() % accented.size() == 0);
}
