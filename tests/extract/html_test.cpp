#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>
#include <vector>

#include "extracted.hpp"

using namespace ragqueue;
using testing::blocks_of;
using testing::extract;

TEST_CASE("of HTML stays what a reader of the page sees") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"<p>See <a href=\"/f/77\" title=\"Sabbatical\">this form</a>.</p><!-- internal: layoffs planned -->",
       "See this form."},
      {"<p>Hand in <b>all re</b>ceipts by the tenth.</p>", "Hand in all receipts by the tenth."},
      {"<p>one</p><p>two</p>", "one\n\ntwo"},
      {"<p>one<br>two<br/>three</p>", "one\ntwo\nthree"},
      {"<ul><li>red</li><li>green <i>and</i> blue</li></ul>", "red\ngreen and blue"},
      {"<div>a</div>\n<div>b</div>", "a\n\nb"},
      {"<p>fish &amp; chips &#8212; 5&nbsp;&euro; &lt;b&gt;</p>", "fish & chips — 5\u00A0€ <b>"},
      {"<p>5 < 6 and 7 > 3</p>", "5 < 6 and 7 > 3"},
      {"<p>seen</p><script>var unseen = '<p>x</p>';</script><style>p { color: red }</style>", "seen"},
      {"<p>seen</p><div style=\"display: none\">unseen <p>deep</p></div><p>too</p>", "seen\n\ntoo"},
      {"<p>seen</p><p hidden>unseen</p><span style='VISIBILITY:HIDDEN'>unseen</span>", "seen"},
      {"<html><head><title>unseen</title></head><body><p>seen</p></body></html>", "seen"},
      {"<p><img src=\"x.png\" alt=\"a red lamp\"> glows</p>", "a red lamp glows"},
      {"<p>a</p><template><p>unseen</p></template><noscript>unseen</noscript><p>b</p>", "a\n\nb"},
      {"<p>never closed <b>bold <i>both</b> italic</i> <p>next", "never closed bold both italic\n\nnext"},
      {"<P CLASS=MsoNormal>The kettle<o:p></o:p></P>", "The kettle"},
      {"<p>soft\xC2\xADhyphen and zero\xE2\x80\x8Bwidth</p>", "softhyphen and zerowidth"},
      {"<![if !supportLists]><p>one</p><![endif]>", "one"},
      {"", ""},
  };
  for (const auto& [html, text] : cases) {
    CAPTURE(html);
    CHECK(extract(html, TextFormat::html).text == text);
  }
}

TEST_CASE("Outlook's style sheet is no text") {
  std::string html =
      "<html><head><meta name=\"Generator\" content=\"Microsoft Word 15\"><style><!--\n/* Font Definitions "
      "*/\n";
  for (int i = 0; i < 60; ++i)
    html += "@font-face\n\t{font-family:\"Calibri\";\n\tpanose-1:2 15 5 2 2 2 4 3 2 4;}\n";
  html +=
      "--></style><!--[if gte mso 9]><xml><o:shapedefaults v:ext=\"edit\"/></xml><![endif]--></head><body><p "
      "class=MsoNormal>The kettle leaks.</p></body></html>";
  CHECK(extract(html).text == "The kettle leaks.");
}

TEST_CASE("cells and rows stand apart, and a table knows its header") {
  const ExtractedText extracted = extract(
      "<p>Before</p><table><thead><tr><th>Room</th><th>Key</th></tr></thead><tbody><tr><td>Attic</td><td>7</"
      "td></tr>"
      "<tr><td>Cellar</td><td>9</td></tr></tbody></table><p>After</p>");
  CHECK(extracted.text == "Before\n\nRoom | Key\nAttic | 7\nCellar | 9\n\nAfter");
  REQUIRE(extracted.blocks.size() == 1);
  const TextBlock table = extracted.blocks[0];
  CHECK(extracted.text.substr(table.begin, table.header_end - table.begin) == "Room | Key");
  CHECK(blocks_of(extracted, TextBlock::Kind::table) ==
        std::vector<std::string>{"Room | Key\nAttic | 7\nCellar | 9"});
}

TEST_CASE("a table that lays out a page is no table of data") {
  const ExtractedText extracted = extract(
      "<table><tr><td><table><tr><td>Hello</td></tr></table></td></tr><tr><td><p>Bye</p></td></tr></table>");
  CHECK(extracted.text == "Hello\n\nBye");
}

TEST_CASE("headings are known, with their level") {
  const ExtractedText extracted =
      extract("<h1>Printing</h1><p>First.</p><h3>Paper <em>jam</em></h3><p>Second.</p>");
  CHECK(extracted.text == "Printing\n\nFirst.\n\nPaper jam\n\nSecond.");
  CHECK(blocks_of(extracted, TextBlock::Kind::heading) == std::vector<std::string>{"Printing", "Paper jam"});
  CHECK(extracted.blocks[1].level == 3);
}

TEST_CASE("code keeps its lines and its indentation") {
  const ExtractedText extracted =
      extract("<p>Run:</p><pre><code>\nif x:\n    y()\n\nz()\n</code></pre><p>Done.</p>");
  CHECK(extracted.text == "Run:\n\nif x:\n    y()\n\nz()\n\nDone.");
  CHECK(blocks_of(extracted, TextBlock::Kind::code) == std::vector<std::string>{"if x:\n    y()\n\nz()"});
}

TEST_CASE("an inline image is no text, and is counted") {
  const std::string image(20'000, 'A');
  const ExtractedText extracted = extract("<p>Plug in the projector.</p><img src=\"data:image/png;base64," +
                                          image + "\"/><p>The lamp needs a minute.</p>");
  CHECK(extracted.text == "Plug in the projector.\n\nThe lamp needs a minute.");
  CHECK(extracted.left_out >= image.size());
}
