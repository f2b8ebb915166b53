#include "embed/http/http_own_words.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace ragqueue {

namespace {

constexpr std::size_t quoted_words = 3;  // in a row, and they are taken for a quotation

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 32) : letter;
}

bool is_of_word(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || byte >= 0x80;
}

/// Calls `use` with the begin and end of each word of `text`, which is in lower case.
template <class Use>
void each_word(std::string_view text, const Use& use) {
  for (std::size_t begin = 0; begin < text.size();) {
    if (!is_of_word(text[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < text.size() && is_of_word(text[end])) ++end;
    use(begin, end);
    begin = end;
  }
}

std::string lowercase(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

/// `count` words from `first` on, a space between them.
std::string phrase(const std::vector<std::string_view>& words, std::size_t first, std::size_t count) {
  std::string result;
  for (std::size_t word = first; word < first + count; ++word) (result += words[word]) += ' ';
  return result;
}

/// All phrases of `quoted_words` words, and shorter texts whole, by their number of words.
void add_phrases(std::unordered_set<std::string>& phrases, std::string_view text) {
  const std::string small = lowercase(text);
  std::vector<std::string_view> words;
  each_word(small, [&](std::size_t begin, std::size_t end) {
    words.push_back(std::string_view(small).substr(begin, end - begin));
  });
  const std::size_t length = std::min(words.size(), quoted_words);
  for (std::size_t first = 0; length > 0 && first + length <= words.size(); ++first)
    phrases.insert(phrase(words, first, length));
}

}  // namespace

std::string own_words(std::string_view message, std::span<const std::string_view> texts) {
  std::unordered_set<std::string> phrases;
  for (const std::string_view text : texts) add_phrases(phrases, text);
  const std::string whole = lowercase(message);
  std::string result = whole;
  std::vector<std::string_view> words;
  std::vector<std::pair<std::size_t, std::size_t>> places;
  each_word(whole, [&](std::size_t begin, std::size_t end) {
    words.push_back(std::string_view(whole).substr(begin, end - begin));
    places.emplace_back(begin, end);
  });
  for (std::size_t length = 1; length <= quoted_words; ++length) {
    for (std::size_t first = 0; first + length <= words.size(); ++first) {
      if (!phrases.contains(phrase(words, first, length))) continue;
      const std::size_t begin = places[first].first;
      std::fill_n(result.begin() + static_cast<std::ptrdiff_t>(begin),
                  places[first + length - 1].second - begin, ' ');
    }
  }
  return result;
}

}  // namespace ragqueue
