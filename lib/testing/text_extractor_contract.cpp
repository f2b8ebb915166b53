#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/testing/contracts.hpp"

namespace ragqueue::testing {

namespace {

constexpr std::array formats{TextFormat::automatic, TextFormat::text, TextFormat::html, TextFormat::markdown};

void require(bool holds, const char* clause) {
  if (!holds) throw Error(Fault::job, std::string("contract: ") + clause);
}

/// Whether each byte belongs to a sequence of the length that its first byte says.
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
    if (size == 0 || text.size() - at < size) return false;
    for (std::size_t next = at + 1; next < at + size; ++next) {
      if ((static_cast<unsigned char>(text[next]) & 0xC0U) != 0x80U) return false;
    }
    at += size;
  }
  return true;
}

void check_blocks(const ExtractedText& extracted) {
  std::size_t end = 0;
  for (const TextBlock& block : extracted.blocks) {
    require(block.begin >= end && block.end >= block.begin, "blocks are in order and do not overlap");
    require(block.end <= extracted.text.size(), "blocks lie in the text");
    require(block.kind != TextBlock::Kind::heading || (block.level >= 1 && block.level <= 6),
            "a heading has a level from 1 to 6");
    require(block.kind != TextBlock::Kind::table ||
                (block.header_end >= block.begin && block.header_end <= block.end),
            "a table's header lies in the table");
    end = block.end;
  }
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t count = 0; count < times; ++count) text += part;
  return text;
}

std::vector<std::string> bodies() {
  return {"",
          "plain words",
          "<h1>Printing</h1><p>Paper &amp; ink</p><table><tr><th>Room</th></tr><tr><td>7</td></tr></table>",
          "# Printing\n\nPaper\n\n```\nint main() {}\n```\n\n| Room |\n|---|\n| 7 |\n",
          "caf\xC3\xA9 \xE5\xBF\x98 \xF0\x9F\x98\x80",
          "\xC3\x28 broken",
          std::string("a\0b", 3),
          repeated("<", 100'000),
          repeated("<div>", 100'000),
          repeated("[", 100'000),
          repeated("&", 100'000)};
}

/// The text of each body, and in the place of one that is refused the word for that.
std::vector<std::string> texts_of(const TextExtractor& extractor, TextFormat format) {
  std::vector<std::string> texts;
  for (const std::string& body : bodies()) {
    try {
      const ExtractedText extracted = extractor.extract(body, format);
      require(is_utf8(extracted.text), "a text is UTF-8");
      require(extracted.left_out <= body.size(), "no more is left out than there was");
      check_blocks(extracted);
      texts.push_back(extracted.text);
    } catch (const InvalidInput&) {
      texts.emplace_back("refused");
    }
  }
  return texts;
}

}  // namespace

void check_text_extractor_contract(const TextExtractor& extractor) {
  require(extractor.extract("plain words", TextFormat::text).text == "plain words",
          "what is plain stays as it is");
  require(extractor.extract("", TextFormat::automatic).text.empty(), "an empty body is an empty text");
  for (const TextFormat format : formats) {
    const std::vector<std::string> alone = texts_of(extractor, format);
    std::array<std::vector<std::string>, 3> together;
    std::vector<std::thread> threads;
    for (auto& texts : together)
      threads.emplace_back([&] {
        try {
          texts = texts_of(extractor, format);
        } catch (const std::exception&) {
          texts.clear();
        }
      });
    for (std::thread& thread : threads) thread.join();
    require(std::ranges::all_of(together, [&](const auto& texts) { return texts == alone; }),
            "the same body has the same text, also when several threads call at once");
  }
}

}  // namespace ragqueue::testing
