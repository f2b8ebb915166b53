#include "base/text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace ragqueue;

TEST_CASE("text is shortened between characters") {
  struct Case {
    std::string text;
    std::size_t max_bytes;
    std::string expected;
  };
  const std::vector<Case> cases = {
      {"", 0, ""},
      {"", 5, ""},
      {"abc", 3, "abc"},
      {"abcd", 3, "abc…"},
      {"naïve", 3, "na…"},
      {"naïve", 4, "naï…"},
      {"猫犬", 5, "猫…"},
      {"猫", 2, "…"},
      {"a\xFFz", 9, "a\uFFFDz"},
      {"a\xE2\x82", 9, "a\uFFFD"},
      {"\xFF\xFF", 4, "\uFFFD…"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text, c.max_bytes);
    CHECK(shorten(c.text, c.max_bytes) == c.expected);
  }
}

TEST_CASE("the first byte that is not UTF-8 is found") {
  struct Case {
    const char* name;
    std::string text;
    std::optional<std::size_t> expected;
  };
  const std::vector<Case> cases = {
      {"nothing", "", std::nullopt},
      {"many scripts", "aé猫𝄞\u0301", std::nullopt},
      {"NUL", std::string("\0", 1), std::nullopt},
      {"the last code point", "\xF4\x8F\xBF\xBF", std::nullopt},
      {"Latin-1", "M\xFCnchen", 1},
      {"a lone continuation byte", "ab\x80", 2},
      {"cut after one of two", "ab\xC3", 2},
      {"cut after three of four", "\xF0\x9D\x84", 0},
      {"overlong slash", "\xC0\xAF", 0},
      {"overlong in three bytes", "a\xE0\x80\xAF", 1},
      {"a surrogate", "\xED\xA0\x80", 0},
      {"behind the last code point", "\xF4\x90\x80\x80", 0},
      {"a byte that never occurs", "aa\xFE", 2},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(find_invalid_utf8(c.text) == c.expected);
  }
}

TEST_CASE("white space is trimmed, of any script") {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {" \t\r\n\x01\x7F", ""},
           {" a b ", "a b"},
           {"\u3000\u00A0猫\u2028\u200B", "猫"},
           {"\uFEFFa\n\u00A0\n", "a"},
           {"é", "é"},
       }) {
    CAPTURE(text);
    CHECK(trim(text) == expected);
  }
}
