#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "ragqueue/text_extractor.hpp"

using ragqueue::detect_text_format;
using ragqueue::TextFormat;

TEST_CASE("a body is taken for HTML where its tags leave no doubt") {
  for (const std::string body : {
           "<p>Hello</p>",
           "<!DOCTYPE html><title>x</title>",
           "Hello,<br>the printer<br>is stuck",
           "  <div class=\"x\">a</div>",
           "See <a href=\"/x\">this</a> form",
           "Text first.<p>then</p>",
           "<!-- c --><b>x</b>",
           "<ul><li>a<li>b</ul>",
           "\xEF\xBB\xBF<html><body>x",
           "<b>Note:</b> mind the <i>gap</i>, and the <u>step</u>",
       }) {
    CAPTURE(body);
    CHECK(detect_text_format(body) == TextFormat::html);
  }
}

TEST_CASE("a body is taken for Markdown where it has marks that nothing else has") {
  for (const std::string body : {
           "# Title\n\nText",
           "See [this](http://x) form",
           "```\ncode\n```",
           "| a | b |\n|---|---|\n| 1 | 2 |",
           "Intro\n\n## Part\n\nText",
           "Use `<b>x</b>` and `</p>` as in [the manual](m)",
           "Example:\n\n```html\n<p>hi</p>\n<div></div>\n```\n",
       }) {
    CAPTURE(body);
    CHECK(detect_text_format(body) == TextFormat::markdown);
  }
}

TEST_CASE("in doubt a body is text") {
  for (const std::string body : {
           "",
           "plain",
           "if a < b and c > d then",
           "mail me <me@acme.example>",
           "vector<int> x; map<string, int> y;",
           "#!/bin/sh\n# a comment\n# another\necho",
           "* one\n* two",
           "Closes #840443",
           "a_b_c and 2*3*4",
           "Write <br> for a break",
           "  * New upstream release (Closes: #1)\n\n -- A <a@b.example>  Mon",
           "x <- 3; y -> 4",
           "[1] see the list (below)",
           "List<String> a = new ArrayList<>();",
       }) {
    CAPTURE(body);
    CHECK(detect_text_format(body) == TextFormat::text);
  }
}
