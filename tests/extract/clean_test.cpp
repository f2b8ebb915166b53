#include <catch2/catch_test_macros.hpp>
#include <random>
#include <string>

#include "extracted.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using testing::extract;

namespace {

std::string drawn_from(std::string_view alphabet, std::size_t size) {
  std::mt19937 random(7);
  std::string result;
  while (result.size() < size) result += alphabet[random() % alphabet.size()];
  return result;
}

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string wrapped(const std::string& text, std::size_t width) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); at += width) result += text.substr(at, width) + "\n";
  return result;
}

}  // namespace

TEST_CASE("encoded data are left out, and counted") {
  const std::string base64 = drawn_from(base64_alphabet, 4'000);
  const std::string hex = drawn_from("0123456789abcdef", 4'000);
  for (const std::string& data : {base64, hex, wrapped(base64, 76), wrapped(base64, 64), wrapped(hex, 64)}) {
    CAPTURE(data.substr(0, 80));
    const ExtractedText extracted = extract("before\n" + data + "\nafter", TextFormat::text);
    CHECK(extracted.text.size() < 30);
    CHECK(extracted.text.starts_with("before"));
    CHECK(extracted.text.ends_with("after"));
    CHECK(extracted.left_out > 3'900);
  }
}

TEST_CASE("a line of minified code is left out, and code is not") {
  std::string minified;
  for (int i = 0; minified.size() < 6'000; ++i)
    minified += "function a" + std::to_string(i) + "(b,c){return b.d[c]?e(b):{f:c}};";
  const ExtractedText extracted = extract("before\n" + minified + "\nafter", TextFormat::text);
  CHECK(extracted.text == "before\n\nafter");
  CHECK(extracted.left_out == minified.size());
  const std::string code = "int main(int argc, char** argv) {\n  return f(argc, argv[0]);\n}\n";
  CHECK(extract(code, TextFormat::text).text == code);
}

TEST_CASE("what only looks long stays") {
  std::string prose;
  for (int i = 0; i < 400; ++i) prose += "The printer on floor " + std::to_string(i) + " is stuck. ";
  for (const std::string& text : {
           prose,
           std::string(300'000, 'a'),
           std::string(1'000, '='),
           std::string("https://acme.example/") + std::string(150, 'x') + "?q=1",
           drawn_from("abcdefghijklmnopqrstuvwxyz", 500),
           std::string("550e8400-e29b-41d4-a716-446655440000"),
           drawn_from("0123456789abcdef", 64),
           std::string("Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"),
           wrapped(drawn_from(base64_alphabet, 128), 64),
       }) {
    CAPTURE(text.substr(0, 80));
    const ExtractedText extracted = extract(text, TextFormat::text);
    CHECK(extracted.text == text);
    CHECK(extracted.left_out == 0);
  }
}

TEST_CASE("bytes that are not UTF-8 are refused") {
  for (const std::string_view bytes : {"a\xFF", "a\xC3", "\xED\xA0\x80", "<p>\xF5</p>"})
    CHECK_THROWS_AS(extract(bytes), InvalidInput);
}

TEST_CASE("line ends, control characters and composed letters are brought to one form") {
  CHECK(extract("a\r\nb\rc\n", TextFormat::text).text == "a\nb\nc\n");
  CHECK(extract("a\x01\x1B[31mb\x7F", TextFormat::text).text == "a[31mb");
  CHECK(extract("cafe\xCC\x81", TextFormat::text).text == "caf\xC3\xA9");
  CHECK(extract("a\xE2\x80\xAE"
                "b\xEF\xBB\xBF",
                TextFormat::text)
            .text == "ab");
  CHECK(extract("\xE2\x80\x8D\xF0\x9F\x91\xA9", TextFormat::text).text == "\xE2\x80\x8D\xF0\x9F\x91\xA9");
}
