#include <catch2/catch_test_macros.hpp>
#include <string>

#include "extracted.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using testing::extract;

namespace {

std::string repeated(std::string_view part, std::size_t times) {
  std::string result;
  result.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += part;
  return result;
}

constexpr std::size_t mebibytes = std::size_t{1} << 20U;

}  // namespace

TEST_CASE("HTML nested too deep is refused") {
  for (const std::string_view tag :
       {"<div>", "<b>", "<ul><li>", "<blockquote>", "<table><tr><td>", "<unknown>", "<font color=1>"})
    CHECK_THROWS_AS(extract(repeated(tag, 100'000), TextFormat::html), InvalidInput);
  CHECK(extract(repeated("<div>", 900) + "deep", TextFormat::html).text == "deep");
}

TEST_CASE("a tag of too many attributes is refused") {
  std::string tag = "<p ";
  for (int i = 0; i < 100'000; ++i) tag += "a" + std::to_string(i) + "=1 ";
  CHECK_THROWS_AS(extract(tag + ">x</p>", TextFormat::html), InvalidInput);
  CHECK_THROWS_AS(extract("<p " + repeated("a ", 100'000) + ">x</p>", TextFormat::html), InvalidInput);
}

TEST_CASE("text that is made to cost much ends") {
  for (const std::string& body : {
           repeated("<", mebibytes),
           repeated("<!--", 4 * mebibytes),
           repeated("&", 4 * mebibytes),
           repeated("&amp;", mebibytes / 4),
           repeated("<p>", mebibytes),
           repeated("</p>", mebibytes / 4),
           repeated("<br>", mebibytes / 4),
           repeated("<b></b>", mebibytes / 4),
           repeated("<a ", 300),
           repeated("]]>", mebibytes),
           repeated("<![CDATA[", mebibytes / 4),
           repeated("&#x41;", mebibytes / 4),
           repeated("<p>x</b>", mebibytes / 4),
           repeated("<![if ", mebibytes / 4),
       }) {
    CAPTURE(body.substr(0, 20));
    CHECK_NOTHROW(extract(body, TextFormat::html));
  }
}

TEST_CASE("Markdown that is made to cost much ends") {
  for (const std::string& body : {
           repeated(">", 100'000),
           repeated("[", mebibytes),
           repeated("*a_", mebibytes),
           repeated("`", mebibytes),
           repeated("![", mebibytes / 2),
           repeated("- ", 10'000),
           repeated("<", mebibytes),
           repeated("[a](", mebibytes / 4),
           repeated("> ", 1000) + repeated("a\n", 10'000),
           repeated("|", mebibytes) + "\n" + repeated("-|", mebibytes / 2),
           repeated("&amp;", mebibytes / 4),
           repeated("* a\n", mebibytes / 4),
       }) {
    CAPTURE(body.substr(0, 20));
    CHECK_NOTHROW(extract(body, TextFormat::markdown));
  }
}

TEST_CASE("marks that are combined without end are kept as they are") {
  CHECK(extract("a" + repeated("\xCC\x81\xCC\xA3", mebibytes), TextFormat::text).text.size() ==
        1 + 4 * mebibytes);
}

TEST_CASE("detection looks at no more than the beginning") {
  CHECK(detect_text_format(repeated("`<", 8 * mebibytes)) == TextFormat::text);
}
