#include "chunk/outline.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace ragqueue {

using Kind = TextBlock::Kind;

Outline::Outline(std::string_view body, std::string_view text, std::span<const TextBlock> blocks)
    : text_(text) {
  const auto offset = static_cast<std::size_t>(text.data() - body.data());
  const auto moved = [&](std::size_t position) {
    return std::min(position - std::min(position, offset), text.size());
  };
  for (TextBlock block : blocks) {
    block.begin = moved(block.begin);
    block.end = moved(block.end);
    block.header_end = moved(block.header_end);
    if (block.begin < block.end) add(block);
  }
}

void Outline::add(const TextBlock& block) {
  Entry entry{.block = block, .heading = entries_.empty() ? -1 : entries_.back().heading};
  if (block.kind == Kind::heading) {
    entry.parent = entry.heading;
    while (entry.parent >= 0 && entries_[static_cast<std::size_t>(entry.parent)].block.level >= block.level)
      entry.parent = entries_[static_cast<std::size_t>(entry.parent)].parent;
    entry.heading = static_cast<std::ptrdiff_t>(entries_.size());
  }
  entries_.push_back(entry);
}

const Outline::Entry* Outline::entry_at(std::size_t position) const {
  const auto behind =
      std::ranges::upper_bound(entries_, position, {}, [](const Entry& entry) { return entry.block.begin; });
  return behind == entries_.begin() ? nullptr : &*(behind - 1);
}

std::string_view Outline::slice(std::size_t begin, std::size_t end) const {
  return trim(text_.substr(begin, end - begin));
}

std::vector<std::string_view> Outline::path_at(std::size_t position) const {
  std::vector<std::string_view> path;
  const Entry* entry = entry_at(position);
  std::ptrdiff_t heading = entry == nullptr ? -1 : entry->heading;
  while (heading >= 0) {
    const Entry& one = entries_[static_cast<std::size_t>(heading)];
    if (one.block.end <= position) path.push_back(slice(one.block.begin, one.block.end));
    heading = one.parent;
  }
  std::ranges::reverse(path);
  return path;
}

std::string_view Outline::table_header_at(std::size_t position) const {
  const Entry* entry = entry_at(position);
  if (entry == nullptr || entry->block.kind != Kind::table) return {};
  const TextBlock& table = entry->block;
  const bool is_in_rows = position >= table.header_end && position < table.end;
  return is_in_rows ? slice(table.begin, table.header_end) : std::string_view();
}

bool Outline::begins_heading(std::size_t position) const {
  const Entry* entry = entry_at(position);
  return entry != nullptr && entry->block.kind == Kind::heading && entry->block.begin == position;
}

bool Outline::is_in_lines(std::size_t position) const {
  const Entry* entry = entry_at(position);
  return entry != nullptr && entry->block.kind != Kind::heading && position < entry->block.end;
}

}  // namespace ragqueue
