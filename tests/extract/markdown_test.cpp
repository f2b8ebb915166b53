#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>
#include <vector>

#include "extracted.hpp"

using namespace ragqueue;
using testing::blocks_of;
using testing::extract;

TEST_CASE("of Markdown stays what a reader sees") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Some **bold** and _slanted_ `code`.", "Some bold and slanted code."},
      {"See [the form](https://acme.example/f?x=1 \"title\").", "See the form."},
      {"![photo of a lamp](lamp.png) glows", "photo of a lamp glows"},
      {"- red\n- green\n  and blue", "red\ngreen and blue"},
      {"one\ntwo\n\nthree", "one two\n\nthree"},
      {"one  \ntwo", "one\ntwo"},
      {"fish &amp; chips &#8364;", "fish & chips €"},
      {"before\n\n<div style=\"display:none\">unseen</div>\n\nafter <!-- unseen -->", "before\n\nafter"},
      {"> quoted\n> text", "quoted text"},
      {"a<br>b", "a\nb"},
      {"1. first\n2. second", "first\nsecond"},
  };
  for (const auto& [markdown, text] : cases) {
    CAPTURE(markdown);
    CHECK(extract(markdown, TextFormat::markdown).text == text);
  }
}

TEST_CASE("Markdown's headings, tables and code are known") {
  const ExtractedText extracted = extract(
      "# Set-up\n\nRun this:\n\n```python\ndef a():\n    return \"x. y\"\n\ndef b():\n    pass\n```\n\n"
      "| Room | Key |\n|---|---|\n| Attic | 7 |\n");
  CHECK(blocks_of(extracted, TextBlock::Kind::heading) == std::vector<std::string>{"Set-up"});
  CHECK(blocks_of(extracted, TextBlock::Kind::code) ==
        std::vector<std::string>{"def a():\n    return \"x. y\"\n\ndef b():\n    pass"});
  CHECK(blocks_of(extracted, TextBlock::Kind::table) == std::vector<std::string>{"Room | Key\nAttic | 7"});
  const TextBlock table = extracted.blocks.back();
  CHECK(extracted.text.substr(table.begin, table.header_end - table.begin) == "Room | Key");
}

TEST_CASE("an inline image in Markdown is no text, and its alt text is") {
  const std::string image(20'000, 'B');
  const ExtractedText extracted = extract("Plug in the projector.\n\n![photo](data:image/png;base64," +
                                          image + ")\n\nThe lamp needs a minute.");
  CHECK(extracted.text == "Plug in the projector.\n\nphoto\n\nThe lamp needs a minute.");
  CHECK(extracted.left_out >= image.size());
}
