#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ragqueue {

/// A piece of the vocabulary, its log probability, and its position as its id.
struct Piece {
  std::string text;
  double score = 0;
};

/// Cuts text into pieces so that the sum of their scores is highest: SentencePiece's unigram model
/// (T. Kudo, Subword Regularization, 2018), by Viterbi's algorithm. Time is linear in the text. Thread-safe.
class Tokenizer {
 public:
  /// Stands for a run of characters that no piece covers.
  static constexpr std::int32_t unknown = 0;

  explicit Tokenizer(const std::vector<Piece>& pieces);

  /// Ids of `text`, which is UTF-8 in form KC. Every space, and the start, begins a word. No text, no ids.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text) const;
  /// How many ids encode() would give.
  [[nodiscard]] std::size_t count(std::string_view text) const;
  /// How many characters of `text`, punctuation left out, stand in pieces, and how many in none.
  struct Coverage {
    std::size_t known = 0;
    std::size_t unknown = 0;
  };
  [[nodiscard]] Coverage coverage(std::string_view text) const;

 private:
  struct Edge {
    std::uint32_t key = 0;
    std::uint32_t child = 0;
  };
  struct Step {
    double score = 0;
    std::int32_t piece = unknown;
    std::uint32_t length = 0;
  };
  struct Scratch {
    std::string word;
    std::vector<Step> steps;
    std::vector<std::int32_t> reversed;
  };

  template <class Visit>
  void for_each_word(std::string_view text, Visit visit) const;
  void segment(Scratch& scratch) const;
  void relax_from(std::string_view word, std::size_t begin, std::vector<Step>& steps) const;

  void insert(std::string_view text, std::int32_t piece);
  [[nodiscard]] std::size_t slot(std::uint32_t key) const;
  [[nodiscard]] std::uint32_t child(std::uint32_t node, char byte) const;

  std::vector<double> scores_;
  std::vector<Edge>
      edges_;  ///< The trie over the pieces' bytes, as one open-addressing table. Child 0 is none.
  std::vector<std::int32_t> pieces_;  ///< The piece that ends at each node, or `unknown`.
};

}  // namespace ragqueue
