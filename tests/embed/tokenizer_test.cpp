#include "embed/model/tokenizer.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "embed/model/model_file.hpp"
#include "embed/model/normalization.hpp"

using namespace ragqueue;
using Ids = std::vector<std::int32_t>;

namespace {

struct Case {
  std::string text;
  Ids ids;
};

const Tokenizer& shipped_tokenizer() {
  static const Tokenizer tokenizer(read_model_file(EMBED_MODEL_FILE).pieces);
  return tokenizer;
}

/// Pieces 6 and on count; the six before them are reserved.
Tokenizer small_tokenizer(std::vector<Piece> pieces) {
  pieces.insert(pieces.begin(), 6, Piece{"reserved", 0});
  return Tokenizer(pieces);
}

}  // namespace

TEST_CASE("the shipped vocabulary cuts text as the original does") {
  const auto [text, ids] = GENERATE(values<Case>({
      {"hello",
       {2002, 102}},
      {"The printer on floor 3 jams every time someone prints double sided.",
       {34, 2355, 46, 25, 2439, 216, 1838, 47, 7, 325, 99, 367, 2355, 7, 1991, 559, 29, 6}},
      {"Paper keeps getting stuck in our office printing device",
       {834, 497, 373, 7, 463, 4083, 15, 183, 1025, 2355, 23, 3014}},
      {"How do I reset my VPN password?",
       {728, 64, 16, 137, 1383, 69, 651, 181, 352, 5969, 54}},
      {"I cannot log in to the remote access tunnel, credentials expired",
       {16, 1169, 3063, 15, 10, 9, 5654, 1139, 1325, 85, 4138, 8, 2266, 26, 4187, 7, 2740, 369, 26}},
      {"Laptop battery drains in under one hour",
       {494, 157, 2466, 3759, 6482, 7, 15, 315, 66, 1754}},
      {"Quarterly revenue grew by 12 percent",
       {1878, 1655, 46, 56, 2255, 4015, 55, 575, 912}},
      {"E-mail: j.doe@example.org; see https://example.org/kb?id=42&x=1 (error 0x80070005)",
       {184, 24, 2880, 57, 2540, 6, 577, 59, 2245, 773, 1563, 147, 6, 1649, 138, 158, 290, 7, 255, 773, 1563, 147, 6, 1649, 68, 173, 151, 54, 303, 413, 5392, 531, 152, 5419, 44, 7545, 757, 152, 3854, 6059, 4788, 52}},
      {"naïve café — “smart quotes” … ﬁnd Å ﬁle ①②③ ｆｕｌｌｗｉｄｔｈ",
       {1216, 0, 105, 976, 209, 1133, 405, 77, 7, 1869, 17, 3525, 7, 236, 718, 260, 30, 0, 1792, 575, 360, 650, 1580, 29, 128}},
      {"Пароль не принимается",
       {30, 0, 7950, 7976, 7948, 0, 30, 7960, 7954, 30, 0, 7976, 7955, 7960, 7955, 0, 7950, 7954, 7949, 7979, 0}},
      {"打印机卡纸",
       {30, 0}},
      {"emoji 😀🖨️ test",
       {299, 451, 2501, 30, 0, 748}},
      {"a:b:c ::: {json: [1,2,3]} <xml/> C++20 && || != #tag 100%",
       {11, 57, 151, 57, 131, 604, 57, 57, 1723, 785, 513, 57, 763, 363, 8, 288, 8, 360, 471, 1814, 4787, 152, 47, 139, 68, 1431, 177, 5491, 817, 370, 531, 1775, 4855, 1963, 413, 1833, 17, 891, 3962}},
      {std::string(300, 'x'), [] {
         Ids run(300, 152);
         run.front() = 649;
         return run;
       }()},
      {"  two  spaces ", {30, 30, 174, 30, 1016, 7, 30}},
      {"new\nline", {159, 0, 721}},
  }));
  CAPTURE(text);
  CHECK(shipped_tokenizer().encode(normalize_nfkc(text)) == ids);
  CHECK(shipped_tokenizer().count(normalize_nfkc(text)) == ids.size());
}

TEST_CASE("the cut with the highest sum of scores wins") {
  const Tokenizer tokenizer =
      small_tokenizer({{"▁", -1}, {"a", -2}, {"b", -2}, {"ab", -5}, {"▁a", -2.5}, {"bc", -1}});
  struct Row {
    std::string text;
    Ids ids;
  };
  const auto [text, ids] = GENERATE(values<Row>({
      {"", {}},
      {"a", {10}},            // -2.5 over -1 - 2
      {"ab", {10, 8}},        // -4.5 over -1 - 5
      {"bab", {6, 8, 7, 8}},  // a and b by themselves, -4, over ab, -5
      {"b bc", {6, 8, 6, 11}},
      {" ", {6, 6}},
  }));
  CAPTURE(text);
  CHECK(tokenizer.encode(text) == ids);
}

TEST_CASE("a run of characters that no piece covers is one unknown") {
  const Tokenizer tokenizer = small_tokenizer({{"▁", -1}, {"a", -2}});
  CHECK(tokenizer.encode("xyz") == Ids{6, 0});
  CHECK(tokenizer.encode("xyaz") == Ids{6, 0, 7, 0});
  CHECK(tokenizer.encode("日本 語") == Ids{6, 0, 6, 0});
  CHECK(tokenizer.encode("\uFFFD") == Ids{6, 0});
}

TEST_CASE("the reserved pieces are never found in text") {
  CHECK(small_tokenizer({{"▁", -1}}).encode("reserved") == Ids{6, 0});
  for (const auto id : shipped_tokenizer().encode("<s> </s> extra_token_id_1")) CHECK((id == 0 || id >= 6));
}

TEST_CASE("a megabyte without a space is cut, too") {
  const std::string text(1'000'000, 'x');
  CHECK(shipped_tokenizer().count(text) == text.size());
}
