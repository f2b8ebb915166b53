#include "embed/model/normalization.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>

using namespace ragqueue;

namespace {

struct Case {
  std::string text;
  std::string normalized;
};

}  // namespace

TEST_CASE("text is normalized for the model") {
  const auto [text, normalized] = GENERATE(values<Case>({
      {"", ""},
      {"plain words", "plain words"},
      {"  leading and   repeated   spaces  ", "leading and repeated spaces"},
      {"Line one\nLine two\ttabbed\r\n\r\n  indented", "Line one Line two tabbed indented"},
      {std::string("bell\a and nul\0byte", 18), "bell and nul byte"},
      {" \n\t\r ", ""},
      {"no\u00A0break, thin\u2009space, ideographic\u3000space", "no break, thin space, ideographic space"},
      {"line\u2028separator, zero\u200Bwidth", "line separator, zero width"},
      {"\uFEFFbyte order mark", "byte order mark"},
      {"ﬁnd Å ﬁle ①②③ ｆｕｌｌ …", "find Å file 123 full ..."},
      {"cafe\u0301", "café"},
      {"打印机卡纸", "打印机卡纸"},
  }));
  CAPTURE(text);
  CHECK(normalize_text(text) == normalized);
}

TEST_CASE("form KC alone leaves white space as it is") {
  CHECK(normalize_nfkc("  a\n\tb ") == "  a\n\tb ");
  CHECK(normalize_nfkc("  é\n\tﬁ ") == "  é\n\tfi ");
}
