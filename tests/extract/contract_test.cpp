#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include "ragqueue/error.hpp"
#include "ragqueue/testing/contracts.hpp"
#include "ragqueue/text_extractor.hpp"

using namespace ragqueue;

namespace {

/// Tells of blocks that are not there.
class DreamingExtractor final : public TextExtractor {
 public:
  [[nodiscard]] ExtractedText extract(std::string_view body, TextFormat /*format*/) const override {
    return {.text = std::string(body), .blocks = {{.begin = 0, .end = body.size() + 1, .level = 1}}};
  }
};

/// Takes broken bytes for text.
class CarelessExtractor final : public TextExtractor {
 public:
  [[nodiscard]] ExtractedText extract(std::string_view body, TextFormat /*format*/) const override {
    return {.text = std::string(body)};
  }
};

auto says(const std::string& part) {
  return Catch::Matchers::MessageMatches(Catch::Matchers::ContainsSubstring(part));
}

}  // namespace

TEST_CASE("the built-in text extractor keeps the contract") {
  CHECK_NOTHROW(testing::check_text_extractor_contract(*make_text_extractor()));
}

TEST_CASE("a text extractor that breaks the contract is told which clause") {
  CHECK_THROWS_MATCHES(testing::check_text_extractor_contract(DreamingExtractor()), Error,
                       says("blocks lie in the text"));
  CHECK_THROWS_MATCHES(testing::check_text_extractor_contract(CarelessExtractor()), Error, says("UTF-8"));
}
