#include "chunk/chunk_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "chunk/content_hash.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

/// Stands for any count that no chunk can have; small enough to be summed.
constexpr std::size_t too_many_tokens = std::numeric_limits<std::size_t>::max() / 4;

/// A tokenizer may count a long run of what it does not know as one token; a passage has an end all the same.
constexpr std::size_t max_bytes_per_token = 16;

/// What a boundary is known by, on either side of it. A longer stretch would be touched by more edits.
constexpr std::size_t boundary_bytes = 32;

/// Of a chunk's tokens, the share that the path of headings may have, and as much again a table's header.
constexpr std::size_t path_share = 4;

}  // namespace

std::string join_head(std::string_view head, std::string_view content) {
  std::string text;
  text.reserve(head.size() + 1 + content.size());
  if (!head.empty()) text.append(head).push_back('\n');
  return text.append(content);
}

ChunkBuilder::ChunkBuilder(const Embedder& embedder, ChunkLimits limits, ChunkedText input,
                           std::vector<Chunk>& chunks)
    : embedder_(embedder), limits_(limits), input_(std::move(input)), chunks_(chunks) {
  set_head(0);
  tokens_ = head_tokens_;
}

void ChunkBuilder::set_head(std::size_t position) {
  std::string head(input_.head);
  for (const std::string& more : {path_to(position), std::string(input_.outline.table_header_at(position))}) {
    if (!more.empty() && is_share(more)) head = join_head(head, more);
  }
  if (head == head_) return;
  head_ = std::move(head);
  head_tokens_ = head_.empty() ? 0 : count(join_head(head_, {}));
}

bool ChunkBuilder::is_share(std::string_view text) const {
  return text.size() <= SegmentReader::max_segment_bytes && count(text) <= limits_.tokens / path_share;
}

/// The innermost headings, as many as fit.
std::string ChunkBuilder::path_to(std::size_t position) const {
  std::string path;
  const std::vector<std::string_view> headings = input_.outline.path_at(position);
  for (auto heading = headings.rbegin(); heading != headings.rend(); ++heading) {
    if (*heading == input_.head) continue;
    std::string longer = path.empty() ? std::string(*heading) : fmt::format("{} > {}", *heading, path);
    if (!is_share(longer)) break;
    path = std::move(longer);
  }
  return path;
}

SegmentLevel ChunkBuilder::below(const Segment& segment) const {
  if (segment.level == SegmentLevel::paragraph && input_.outline.is_in_lines(segment.begin))
    return SegmentLevel::line;
  if (segment.level == SegmentLevel::sentence) return SegmentLevel::word;
  return static_cast<SegmentLevel>(static_cast<int>(segment.level) + 1);
}

void ChunkBuilder::build() {
  pending_.emplace_back(
      Parts{.reader = SegmentReader(input_.text, 0, input_.text.size(), SegmentLevel::paragraph),
            .boundary = SegmentLevel::paragraph});
  while (!pending_.empty()) {
    while (const auto piece = next()) place(*piece);
    close();  // may give pieces back
  }
}

std::optional<ChunkBuilder::Piece> ChunkBuilder::next() {
  while (!pending_.empty()) {
    if (const auto* piece = std::get_if<Piece>(&pending_.back())) {
      const Piece result = *piece;
      pending_.pop_back();
      return result;
    }
    auto& parts = std::get<Parts>(pending_.back());
    if (const auto segment = parts.reader.next())
      return measure(*segment, std::exchange(parts.boundary, segment->level));
    pending_.pop_back();
  }
  return std::nullopt;
}

ChunkBuilder::Piece ChunkBuilder::measure(Segment segment, SegmentLevel boundary) const {
  if (input_.outline.begins_heading(segment.begin)) boundary = SegmentLevel::section;
  const std::size_t size = segment.end - segment.begin;
  // A longer one is taken apart in any case; counting it at each level would cost several times the text.
  if (size > SegmentReader::max_segment_bytes)
    return {.segment = segment, .tokens = too_many_tokens, .boundary = boundary};
  return {.segment = segment,
          .tokens = std::max<std::size_t>(1, count(input_.text.substr(segment.begin, size))),
          .boundary = boundary};
}

void ChunkBuilder::place(const Piece& piece) {
  if (pieces_.empty()) {
    set_head(piece.segment.begin);
    tokens_ = head_tokens_ + (overlap_ ? overlap_->tokens : 0);
    exact_ = false;
  }
  if (fits(piece)) {
    append(piece);
  } else if (!pieces_.empty() && begins_chunk(piece)) {
    pending_.emplace_back(piece);
    cut_before(piece);
    close();
  } else if (pieces_.empty() && overlap_) {
    start_chunk(std::nullopt);  // a whole segment is worth more than an overlap
    place(piece);
  } else {
    take_apart(piece);
  }
}

bool ChunkBuilder::fits(const Piece& piece) {
  if (tokens_ + piece.tokens <= limits_.tokens) return true;
  if (exact_ || pieces_.empty() || piece.tokens > limits_.tokens) return false;
  recount();
  return tokens_ + piece.tokens <= limits_.tokens;
}

bool ChunkBuilder::begins_chunk(const Piece& piece) const {
  const bool is_whole =
      piece.segment.level >= SegmentLevel::word || input_.outline.is_in_lines(piece.segment.begin);
  const bool is_kept_whole = is_whole && head_tokens_ + piece.tokens <= limits_.tokens;
  return half_full(tokens_) || is_kept_whole || piece.segment.level == SegmentLevel::code_point;
}

bool ChunkBuilder::half_full(std::size_t tokens) const {
  return (tokens - std::min(tokens, head_tokens_)) * 2 + head_tokens_ >= limits_.tokens;
}

void ChunkBuilder::append(const Piece& piece) {
  pieces_.push_back(piece);
  tokens_ += piece.tokens;
  exact_ = false;
}

void ChunkBuilder::take_apart(const Piece& piece) {
  const Segment& segment = piece.segment;
  if (segment.level == SegmentLevel::code_point) {
    emit_without_head(segment);
  } else {
    pending_.emplace_back(
        Parts{.reader = SegmentReader(input_.text, segment.begin, segment.end, below(segment)),
              .boundary = piece.boundary});
  }
}

void ChunkBuilder::cut_before(const Piece& next) {
  std::size_t tokens = tokens_;
  std::size_t kept = pieces_.size();
  SegmentLevel level = next.boundary;
  Uuid least = hash_boundary(pieces_.back().segment.end, next.segment.begin);
  for (std::size_t index = pieces_.size() - 1; index > 0; --index) {
    const Piece& piece = pieces_[index];
    tokens -= std::min(tokens, piece.tokens);
    if (!half_full(tokens)) break;
    if (piece.boundary > level) continue;
    const Uuid hash = hash_boundary(pieces_[index - 1].segment.end, piece.segment.begin);
    if (piece.boundary == level && hash >= least) continue;
    level = piece.boundary;
    least = hash;
    kept = index;
  }
  while (pieces_.size() > kept) return_last();
  while (pieces_.size() > 1 && input_.outline.begins_heading(pieces_.back().segment.begin)) return_last();
}

Uuid ChunkBuilder::hash_boundary(std::size_t end, std::size_t begin) const {
  const std::size_t before = std::min(end, boundary_bytes);
  return hash_fields(
      std::array{input_.text.substr(end - before, before), input_.text.substr(begin, boundary_bytes)});
}

void ChunkBuilder::close() {
  if (pieces_.empty()) return;
  if (!exact_) recount();
  while (tokens_ > limits_.tokens && pieces_.size() > 1) {
    return_excess();
    recount();
  }
  if (tokens_ > limits_.tokens && overlap_) {
    overlap_.reset();
    recount();
  }
  if (tokens_ <= limits_.tokens) {
    emit();
  } else {
    const Piece only = pieces_.front();
    start_chunk(std::nullopt);
    take_apart(only);
  }
}

void ChunkBuilder::return_excess() {
  const std::size_t excess = tokens_ - limits_.tokens;
  std::size_t returned = 0;
  while (returned < excess && pieces_.size() > 1) {
    returned += pieces_.back().tokens;
    return_last();
  }
}

void ChunkBuilder::return_last() {
  pending_.emplace_back(pieces_.back());
  pieces_.pop_back();
  exact_ = false;
}

void ChunkBuilder::emit() {
  chunks_.push_back(
      {.content = std::string(content()), .embedded_text = embedded_text(), .token_count = tokens_});
  start_chunk(find_overlap(pieces_.front().segment.begin, pieces_.back().segment.end));
}

void ChunkBuilder::emit_without_head(const Segment& character) {
  const std::string text(input_.text.substr(character.begin, character.end - character.begin));
  const std::size_t tokens = count(text);
  if (tokens > limits_.tokens) {
    throw InvalidInput(
        std::string(input_.field), text,
        fmt::format("the character at byte {} has {} tokens for the embedder {}; a chunk has at most {}",
                    character.begin, tokens, embedder_.name(), limits_.tokens));
  }
  chunks_.push_back({.content = text, .embedded_text = text, .token_count = tokens});
}

void ChunkBuilder::start_chunk(std::optional<Piece> overlap) {
  pieces_.clear();
  overlap_ = overlap;
  tokens_ = head_tokens_ + (overlap ? overlap->tokens : 0);
  exact_ = false;
}

std::optional<ChunkBuilder::Piece> ChunkBuilder::find_overlap(std::size_t begin, std::size_t end) const {
  if (limits_.overlap == 0) return std::nullopt;
  if (input_.outline.is_in_lines(end - 1)) return last_segments(begin, end, SegmentLevel::line);
  const auto sentences = last_segments(begin, end, SegmentLevel::sentence);
  return sentences ? sentences : last_segments(begin, end, SegmentLevel::word);
}

std::optional<ChunkBuilder::Piece> ChunkBuilder::last_segments(std::size_t begin, std::size_t end,
                                                               SegmentLevel level) const {
  std::vector<Segment> segments;
  SegmentReader reader(input_.text, begin, end, level);
  (void)reader.next();  // an overlap is never the whole chunk
  while (const auto segment = reader.next()) segments.push_back(*segment);
  std::optional<Piece> result;
  for (; !segments.empty(); segments.pop_back()) {
    const Piece last = measure(segments.back(), level);
    const std::size_t tokens = last.tokens + (result ? result->tokens : 0);
    if (tokens > limits_.overlap) break;
    result = Piece{.segment = {.begin = last.segment.begin, .end = end, .level = level}, .tokens = tokens};
  }
  return result;
}

std::size_t ChunkBuilder::count(std::string_view text) const {
  return std::min(std::max(embedder_.count_tokens(text), text.size() / max_bytes_per_token), too_many_tokens);
}

std::string_view ChunkBuilder::content() const {
  const std::size_t begin = overlap_ ? overlap_->segment.begin : pieces_.front().segment.begin;
  return input_.text.substr(begin, pieces_.back().segment.end - begin);
}

std::string ChunkBuilder::embedded_text() const {
  return join_head(head_, content());
}

void ChunkBuilder::recount() {
  tokens_ = count(embedded_text());
  exact_ = true;
}

}  // namespace ragqueue
