#include "extract/clean.hpp"

#include <algorithm>
#include <bitset>
#include <cctype>

namespace ragqueue::extract {

namespace {

constexpr std::size_t least_run = 200;          ///< Bytes of one line.
constexpr std::size_t least_wrapped_line = 60;  ///< Bytes; base64 is wrapped at 64 or 76.
constexpr std::size_t least_wrapped_lines = 4;
constexpr std::size_t least_minified_line = 2'000;  ///< Bytes.

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_encoded(char c) {
  return is_digit(c) || is_upper(c) || is_lower(c) || c == '+' || c == '/' || c == '=' || c == '-' ||
         c == '_' || c == '%';
}

/// Whether a run looks drawn by chance, as encoded bytes do, and not like one long word: by how many
/// different characters it has, digits among them, wherever one looks.
bool looks_encoded(std::string_view run) {
  constexpr std::size_t window = 64;
  constexpr std::size_t least_different = 10;  // hex has 16
  for (std::size_t begin = 0; begin < run.size(); begin += window) {
    std::bitset<256> seen;
    const std::string_view part = run.substr(begin, window);
    if (part.size() < window && begin > 0) break;
    for (const char c : part) seen.set(static_cast<unsigned char>(c));
    if (seen.count() < least_different || std::ranges::none_of(part, is_digit)) return false;
  }
  const bool is_hex =
      std::ranges::all_of(run, [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
  return is_hex || (std::ranges::any_of(run, is_upper) && std::ranges::any_of(run, is_lower));
}

/// Of a line: nearly no white space, much punctuation of code, and none of other scripts than Latin.
bool looks_minified(std::string_view line) {
  if (line.size() < least_minified_line) return false;
  std::size_t spaces = 0;
  std::size_t marks = 0;
  std::size_t foreign = 0;
  for (const char c : line) {
    if (c == ' ' || c == '\t') ++spaces;
    if (std::string_view("{}()[];:,=.<>\"'!&|?+").find(c) != std::string_view::npos) ++marks;
    if (static_cast<unsigned char>(c) >= 0x80) ++foreign;
  }
  return spaces * 15 < line.size() && marks * 8 > line.size() && foreign * 20 < line.size();
}

/// Reads a text line by line, and keeps what is text.
class Sieve {
 public:
  explicit Sieve(std::string_view text) : text_(text) { kept_.text.reserve(text.size()); }

  Cleaned run() {
    while (position_ < text_.size()) {
      if (const std::size_t block = wrapped_block(); block > 0) {
        drop(block);
      } else {
        take_line();
      }
    }
    return std::move(kept_);
  }

 private:
  [[nodiscard]] std::string_view line_at(std::size_t position) const {
    const std::size_t end = text_.find('\n', position);
    return text_.substr(position, end == std::string_view::npos ? end : end - position);
  }

  /// The size of the wrapped lines that begin here, with their breaks; 0 if there are none.
  [[nodiscard]] std::size_t wrapped_block() const {
    std::size_t lines = 0;
    std::size_t end = position_;
    while (end < text_.size()) {
      const std::string_view line = line_at(end);
      if (line.size() < least_wrapped_line || line.size() >= least_run ||
          !std::ranges::all_of(line, is_encoded) || !looks_encoded(line))
        break;
      ++lines;
      end = std::min(end + line.size() + 1, text_.size());
    }
    if (lines < least_wrapped_lines) return 0;
    // The last line is shorter.
    const std::string_view last = line_at(end);
    const bool is_rest = !last.empty() && last.size() < least_run && last.size() % 4 == 0 &&
                         last.find_first_of("=0123456789+/") != std::string_view::npos &&
                         std::ranges::all_of(last, is_encoded);
    if (is_rest) end = std::min(end + last.size() + 1, text_.size());
    return end - position_;
  }

  void drop(std::size_t size) {
    kept_.left_out += size;
    position_ += size;
  }

  void take_line() {
    const std::string_view line = line_at(position_);
    if (looks_minified(line)) {
      drop(line.size());
    } else {
      for (std::size_t begin = 0; begin < line.size();) begin += take_run(line.substr(begin));
    }
    if (position_ < text_.size()) {
      kept_.text += '\n';
      ++position_;
    }
  }

  /// Takes what begins `rest` up to the end of a run, and says how long that was.
  std::size_t take_run(std::string_view rest) {
    const auto begin = std::ranges::find_if(rest, is_encoded);
    const auto end = std::find_if_not(begin, rest.end(), is_encoded);
    const std::string_view before(rest.begin(), begin);
    const std::string_view run(begin, end);
    kept_.text += before;
    position_ += before.size();
    if (run.size() >= least_run && looks_encoded(run)) {
      drop(run.size());
    } else {
      kept_.text += run;
      position_ += run.size();
    }
    return before.size() + run.size();
  }

  std::string_view text_;
  std::size_t position_ = 0;
  Cleaned kept_{};
};

/// How long the URI is that begins `text`, with "data:"; 0 if it is none.
std::size_t data_uri_size(std::string_view text) {
  constexpr std::size_t longest_type = 200;
  const std::string_view head = text.substr(0, longest_type);
  const std::size_t comma = head.find(',');
  if (comma == std::string_view::npos) return 0;
  const std::string_view type = head.substr(5, comma - 5);
  const bool has_type =
      type.find('/') != std::string_view::npos || type.find(";base64") != std::string_view::npos;
  if (!has_type || type.find_first_of(" \n\t<>\"'()") != std::string_view::npos) return 0;
  const bool is_base64 = type.find(";base64") != std::string_view::npos;
  std::size_t end = comma + 1;
  const auto is_part = [is_base64](char c) {
    return is_base64 ? is_encoded(c) : std::string_view(" \n\t<>\"'()").find(c) == std::string_view::npos;
  };
  while (end < text.size() && is_part(text[end])) ++end;
  return end;
}

}  // namespace

Cleaned remove_data_uris(std::string_view text) {
  Cleaned result;
  std::size_t kept = 0;
  for (std::size_t found = text.find("data:"); found != std::string_view::npos;
       found = text.find("data:", found + 5)) {
    if (found < kept) continue;
    const std::size_t size = data_uri_size(text.substr(found));
    if (size == 0) continue;
    result.text += text.substr(kept, found - kept);
    result.left_out += size;
    kept = found + size;
  }
  result.text += text.substr(kept);
  return result;
}

Cleaned remove_encoded_runs(std::string_view text) {
  return Sieve(text).run();
}

}  // namespace ragqueue::extract
