#include <ragqueue/text_extractor.hpp>

int main() {
  const auto extracted = ragqueue::make_text_extractor()->extract("<p>fish &amp; <b>chips</b></p>", {});
  return extracted.text == "fish & chips" ? 0 : 1;
}
