#include "text.hpp"

#include <algorithm>

namespace rag_worker {

namespace {

/// Bytes at the start of `text` that are white space or would command a terminal: C0 and C1 controls, DEL,
/// and Unicode's marks that turn the direction of what follows.
std::size_t leading_control(std::string_view text) {
  const auto byte = [&](std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
  };
  if (byte(0) <= 0x20 || byte(0) == 0x7F) return 1;
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;                     // U+0080 to U+009F
  if (byte(0) == 0xE2 && byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE) return 3;  // U+202A to U+202E
  if (byte(0) == 0xE2 && byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9) return 3;  // U+2066 to U+2069
  return 0;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

struct Span {
  std::size_t begin = 0, end = 0;
};

/// The password whose `password=` or `://user:` begins at `at`; empty if none does.
Span password_at(std::string_view text, std::size_t at) {
  constexpr std::string_view keyword = "password=", scheme = "://", blanks = " \t\n";
  const std::string_view rest = text.substr(at);
  if (rest.starts_with(keyword)) {
    const std::size_t begin = at + keyword.size();
    const bool quoted = text.substr(begin).starts_with('\'');
    const std::size_t end = quoted ? text.find('\'', begin + 1) : text.find_first_of(" &\t\n", begin);
    return {begin, end == std::string_view::npos ? text.size() : end + (quoted ? 1 : 0)};
  }
  if (!rest.starts_with(scheme)) return {};
  const std::string_view place = rest.substr(0, std::min(rest.find_first_of(blanks), rest.size()));
  const std::size_t colon = place.find(':', scheme.size()), end = place.rfind('@');
  const bool none = end == std::string_view::npos || colon >= end;
  return none ? Span{} : Span{at + colon + 1, at + end};
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  bool gap = false;
  while (!text.empty()) {
    if (const std::size_t control = leading_control(text); control > 0) {
      gap = true;
      text.remove_prefix(control);
      continue;
    }
    if (gap && !line.empty()) line.push_back(' ');
    gap = false;
    line.push_back(text.front());
    text.remove_prefix(1);
  }
  return line;
}

std::string hide_passwords(std::string_view text) {
  std::string shown;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const Span password = password_at(text, at);
    if (password.begin == password.end) continue;
    shown.append(text.substr(done, password.begin - done)).append("***");
    done = password.end;
    at = done - 1;
  }
  return shown.append(text.substr(done));
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
