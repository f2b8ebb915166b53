#include "text.hpp"

#include <algorithm>

namespace rag_worker {

namespace {

bool is_space_or_control(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value <= 0x20 || value == 0x7F;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  bool gap = false;
  for (const char byte : text) {
    if (is_space_or_control(byte)) {
      gap = true;
      continue;
    }
    if (gap && !line.empty()) line.push_back(' ');
    gap = false;
    line.push_back(byte);
  }
  return line;
}

std::string wrap(std::string_view text, std::size_t width, std::string_view indent) {
  const std::string words = one_line(text);
  std::string lines;
  std::size_t column = 0;
  std::size_t start = 0;
  while (start < words.size()) {
    const std::size_t end = std::min(words.find(' ', start), words.size());
    const auto word = std::string_view(words).substr(start, end - start);
    const std::size_t length = count_characters(word);
    const bool fits = column > 0 && column + 1 + length <= width;
    if (!fits && column > 0) lines += '\n';
    if (!fits) column = indent.size();
    lines += fits ? std::string_view(" ") : indent;
    lines += word;
    column += length + (fits ? 1 : 0);
    start = end + 1;
  }
  return lines.empty() ? lines : lines + '\n';
}

}  // namespace rag_worker
