#include "embed/model/tokenizer.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "base/text.hpp"

namespace ragqueue {

namespace {

constexpr std::string_view word_start = "\u2581";
constexpr std::size_t reserved_pieces = 6;
constexpr double unreached = -std::numeric_limits<double>::infinity();

/// Characters but for punctuation and the mark of a word's start.
std::size_t count_signs(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t begin = position;
    const std::int32_t character = next_code_point(text, position);
    if (u_ispunct(character) == 0 && text.substr(begin, position - begin) != word_start) ++count;
  }
  return count;
}

std::uint32_t edge_key(std::uint32_t node, char byte) {
  // Node 0 with byte 0 would be key 0, the mark of an empty slot; hence the 1.
  return ((node << 8U) | static_cast<unsigned char>(byte)) + 1;
}

std::size_t table_size(const std::vector<Piece>& pieces) {
  std::size_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.text.size();
  return std::bit_ceil(2 * bytes + 1);
}

}  // namespace

Tokenizer::Tokenizer(const std::vector<Piece>& pieces) : edges_(table_size(pieces)), pieces_(1, unknown) {
  scores_.reserve(pieces.size());
  for (const Piece& piece : pieces) scores_.push_back(piece.score);
  for (std::size_t id = reserved_pieces; id < pieces.size(); ++id) {
    insert(pieces[id].text, static_cast<std::int32_t>(id));
  }
}

std::size_t Tokenizer::slot(std::uint32_t key) const {
  const std::size_t mask = edges_.size() - 1;
  std::size_t slot = (key * 0x9E3779B1U) >> 7U & mask;
  while (edges_[slot].key != key && edges_[slot].key != 0) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t Tokenizer::child(std::uint32_t node, char byte) const {
  return edges_[slot(edge_key(node, byte))].child;
}

void Tokenizer::insert(std::string_view text, std::int32_t piece) {
  std::uint32_t node = 0;
  for (const char byte : text) {
    Edge& edge = edges_[slot(edge_key(node, byte))];
    if (edge.child == 0) {
      edge = {edge_key(node, byte), static_cast<std::uint32_t>(pieces_.size())};
      pieces_.push_back(unknown);
    }
    node = edge.child;
  }
  pieces_[node] = piece;
}

void Tokenizer::relax_from(std::string_view word, std::size_t begin, std::vector<Step>& steps) const {
  const auto reach = [&](std::size_t end, double score, std::int32_t piece) {
    if (score >= steps[end].score) steps[end] = {score, piece, static_cast<std::uint32_t>(end - begin)};
  };
  const double score = steps[begin].score;
  bool matched = false;
  std::uint32_t node = 0;
  for (std::size_t end = begin; end < word.size(); ++end) {
    node = child(node, word[end]);
    if (node == 0) break;
    if (pieces_[node] == unknown) continue;
    matched = true;
    reach(end + 1, score + scores_[static_cast<std::size_t>(pieces_[node])], pieces_[node]);
  }
  if (!matched) {
    std::size_t end = begin;
    static_cast<void>(next_code_point(word, end));
    reach(end, score, unknown);
  }
}

void Tokenizer::segment(Scratch& scratch) const {
  scratch.steps.assign(scratch.word.size() + 1, {unreached, unknown, 0});
  scratch.steps.front().score = 0;
  for (std::size_t begin = 0; begin < scratch.word.size(); ++begin) {
    if (scratch.steps[begin].score != unreached) relax_from(scratch.word, begin, scratch.steps);
  }
  scratch.reversed.clear();
  for (std::size_t end = scratch.word.size(); end > 0; end -= scratch.steps[end].length) {
    const std::int32_t piece = scratch.steps[end].piece;
    const bool same_run = piece == unknown && !scratch.reversed.empty() && scratch.reversed.back() == unknown;
    if (!same_run) scratch.reversed.push_back(piece);
  }
}

/// A piece has the mark of a word's start at its own start or not at all, so each word has its best cut by
/// itself.
template <class Visit>
void Tokenizer::for_each_word(std::string_view text, Visit visit) const {
  Scratch scratch;
  for (std::size_t begin = 0; begin <= text.size() && !text.empty();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    scratch.word.assign(word_start).append(text, begin, end - begin);
    segment(scratch);
    visit(scratch);
    begin = end + 1;
  }
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text) const {
  std::vector<std::int32_t> ids;
  for_each_word(text, [&](const Scratch& word) {
    ids.insert(ids.end(), word.reversed.rbegin(), word.reversed.rend());
  });
  return ids;
}

std::size_t Tokenizer::count(std::string_view text) const {
  std::size_t count = 0;
  for_each_word(text, [&](const Scratch& word) { count += word.reversed.size(); });
  return count;
}

Tokenizer::Coverage Tokenizer::coverage(std::string_view text) const {
  Coverage coverage;
  for_each_word(text, [&](const Scratch& scratch) {
    for (std::size_t end = scratch.word.size(); end > 0; end -= scratch.steps[end].length) {
      const Step& step = scratch.steps[end];
      const std::string_view part = std::string_view(scratch.word).substr(end - step.length, step.length);
      (step.piece == unknown ? coverage.unknown : coverage.known) += count_signs(part);
    }
  });
  return coverage;
}

}  // namespace ragqueue
