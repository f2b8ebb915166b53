#include "chunk/outline.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "counting_embedder.hpp"
#include "ragqueue/chunker.hpp"

using namespace ragqueue;

namespace {

using Kind = TextBlock::Kind;

/// A body that is put together piece by piece, and what its pieces are.
struct Body {
  std::string text{};
  std::vector<TextBlock> blocks{};

  Body& plain(std::string_view piece) {
    if (!text.empty()) text += "\n\n";
    text += piece;
    return *this;
  }
  Body& block(Kind kind, std::string_view piece, int level = 0, std::size_t header = 0) {
    plain(piece);
    const std::size_t begin = text.size() - piece.size();
    blocks.push_back(
        {.kind = kind, .begin = begin, .end = text.size(), .level = level, .header_end = begin + header});
    return *this;
  }
};

std::vector<Chunk> split(const Body& body, std::size_t tokens) {
  const auto chunker = make_text_chunker({.max_tokens = tokens, .overlap_tokens = 0});
  return chunker->split({.source = {}, .title = "Manual", .body = body.text, .blocks = body.blocks},
                        testing::CountingEmbedder(testing::count_words));
}

std::string words(std::size_t count, const std::string& word) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += (i == 0 ? "" : " ") + word;
  return result + ".";
}

}  // namespace

TEST_CASE("a chunk is embedded with the path of the headings above it") {
  Body body;
  body.block(Kind::heading, "Printing", 1).plain(words(12, "ink"));
  body.block(Kind::heading, "Paper jam", 2)
      .plain(words(12, "paper"))
      .block(Kind::heading, "Scanning", 1)
      .plain(words(12, "light"));
  const std::vector<Chunk> chunks = split(body, 24);
  REQUIRE(chunks.size() == 3);
  CHECK(chunks[0].embedded_text.starts_with("Manual\nPrinting\n\nink"));
  CHECK(chunks[1].embedded_text.starts_with("Manual\nPrinting\nPaper jam\n\npaper"));
  CHECK(chunks[2].embedded_text.starts_with("Manual\nScanning\n\nlight"));
}

TEST_CASE("inside of a section, the path names the section too") {
  Body body;
  body.block(Kind::heading, "Printing", 1).block(Kind::heading, "Paper jam", 2);
  for (int i = 0; i < 6; ++i) body.plain(words(10, "paper"));
  for (const Chunk& chunk : split(body, 28)) {
    CAPTURE(chunk.embedded_text);
    const bool is_first = chunk.content.starts_with("Printing");
    CHECK((is_first || chunk.embedded_text.starts_with("Manual\nPrinting > Paper jam\n")));
  }
}

TEST_CASE("no chunk ends with a heading") {
  Body body;
  for (int i = 0; i < 40; ++i) {
    body.block(Kind::heading, "Part " + std::to_string(i), 2);
    for (int j = 0; j < i % 5; ++j) body.plain(words(4, "text"));
    body.plain(words(6, "end"));
  }
  const std::vector<Chunk> chunks = split(body, 30);
  for (const Chunk& chunk : chunks) {
    CAPTURE(chunk.content);
    CHECK(chunk.content.ends_with("."));
  }
}

TEST_CASE("the rows of a table stay whole, and each part has the table's header") {
  std::string table = "Room | Key";
  const std::size_t header = table.size();
  for (int i = 0; i < 30; ++i)
    table += "\nAttic number " + std::to_string(i) + " | key of room " + std::to_string(i);
  const std::vector<Chunk> chunks = split(Body().block(Kind::table, table, 0, header), 40);
  REQUIRE(chunks.size() > 3);
  for (const Chunk& chunk : chunks) {
    CAPTURE(chunk.embedded_text);
    CHECK(chunk.embedded_text.starts_with("Manual\nRoom | Key\n"));
    CHECK((chunk.content.starts_with("Attic") || chunk.content.starts_with("Room")));
  }
}

TEST_CASE("code is cut between lines, and a function that fits stays whole") {
  std::string code;
  for (int i = 0; i < 12; ++i)
    code += (i == 0 ? "" : "\n\n") + ("def step_" + std::to_string(i)) +
            "(box):\n    move(\"to shelf. Then wait.\", box)\n    return box";
  const std::vector<Chunk> chunks = split(Body().plain("Run this:").block(Kind::code, code), 30);
  REQUIRE(chunks.size() > 3);
  for (const Chunk& chunk : chunks) {
    CAPTURE(chunk.content);
    CHECK((chunk.content.starts_with("def ") || chunk.content.starts_with("Run")));
    CHECK(chunk.content.ends_with("return box"));
  }
}

TEST_CASE("headings without end cost no more than their number") {
  Body body;
  for (int i = 0; i < 20'000; ++i) body.block(Kind::heading, "h" + std::to_string(i), 2);
  const Outline outline(body.text, body.text, body.blocks);
  CHECK(outline.path_at(body.text.size()) == std::vector<std::string_view>{"h19999"});
  CHECK_FALSE(split(body, 50).empty());
}
