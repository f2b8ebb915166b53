#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench.hpp"
#include "chunk/content_hash.hpp"
#include "ragqueue/builtin_embedder.hpp"
#include "ragqueue/chunker.hpp"

namespace ragqueue::bench {

namespace {

using Texts = std::vector<std::string>;
using Hashes = std::multiset<Uuid>;

/// A document's title, and its entries, the oldest first.
struct Changelog {
  std::string title;
  Texts entries;
};

std::string read_gzip(const std::filesystem::path& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), &gzclose);
  if (!file) throw std::runtime_error(path.string() + " cannot be opened");
  std::string text;
  std::string part(65'536, '\0');
  for (int size = 0; (size = gzread(file.get(), part.data(), static_cast<unsigned>(part.size()))) != 0;) {
    if (size < 0) throw std::runtime_error(path.string() + " cannot be read");
    text.append(part, 0, static_cast<std::size_t>(size));
  }
  return text;
}

/// The entries of a Debian changelog (deb-changelog(5)); each ends with its author's line. None for another
/// format.
Texts entries_of(const std::string& text) {
  Texts entries;
  std::size_t begin = 0;
  for (std::size_t author = text.find("\n -- "); author != text.npos; author = text.find("\n -- ", begin)) {
    const std::size_t end = std::min(text.find('\n', author + 1), text.size() - 1) + 1;
    entries.push_back(text.substr(begin, end - begin));
    begin = std::min(text.find_first_not_of('\n', end), text.size());
  }
  std::ranges::reverse(entries);
  return entries;
}

std::string join(std::span<const std::string> entries, bool newest_first) {
  std::string text;
  for (std::size_t index = 0; index < entries.size(); ++index)
    text.append(entries[newest_first ? entries.size() - 1 - index : index]).append("\n");
  return text;
}

/// Cuts after as many bytes each time, between characters.
Hashes split_fixed(const Document& document, std::size_t bytes, const Embedder& embedder) {
  Hashes hashes;
  for (std::size_t begin = 0; begin < document.body.size();) {
    std::size_t end = std::min(begin + bytes, document.body.size());
    while (end < document.body.size() && (static_cast<unsigned char>(document.body[end]) & 0xC0U) == 0x80U)
      ++end;
    const std::string content = document.body.substr(begin, end - begin);
    hashes.insert(hash_chunk(
        {.content = content, .embedded_text = document.title + '\n' + content, .token_count = 0}, embedder));
    begin = end;
  }
  return hashes;
}

std::size_t fresh(const Hashes& before, const Hashes& after) {
  std::vector<Uuid> gained;
  std::ranges::set_difference(after, before, std::back_inserter(gained));
  return gained.size();
}

/// How many chunks successive versions had, and how many of them were new.
struct Share {
  double chunks = 0;
  double embedded = 0;
  void add(const Hashes& before, const Hashes& after) {
    chunks += static_cast<double>(after.size());
    embedded += static_cast<double>(fresh(before, after));
  }
  void add(const Share& other) {
    chunks += other.chunks;
    embedded += other.embedded;
  }
  [[nodiscard]] double percent() const { return chunks > 0 ? 100 * embedded / chunks : 0; }
};

/// Of documents of about one length.
struct Class {
  std::set<std::string> documents;
  std::vector<double> kilobytes;
  Share ours;
  Share fixed;
  void add(const Class& other) {
    documents.insert(other.documents.begin(), other.documents.end());
    kilobytes.insert(kilobytes.end(), other.kilobytes.begin(), other.kilobytes.end());
    ours.add(other.ours);
    fixed.add(other.fixed);
  }
};

constexpr std::array<std::size_t, 4> class_baselines{1, 10, 40, 160};  // chunks

std::string class_name(std::size_t index) {
  if (index + 1 == class_baselines.size()) return fmt::format("{} and more", class_baselines.back());
  return fmt::format("{} to {}", class_baselines.at(index), class_baselines.at(index + 1) - 1);
}

class EditTrace final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--directory", directory_, "Where */changelog*.gz are looked for");
    options.add_option("--documents", documents_, "At most so many, taken evenly from all by length");
    options.add_option("--least", least_, "Fewer documents are no measurement");
    options.add_option("--versions", versions_, "The last ones of each document");
  }

  Table run() override {
    const std::vector<Changelog> changelogs = read();
    Table table;
    for (const Edit edit : {Edit::prepended, Edit::appended, Edit::line}) {
      std::array<Class, class_baselines.size()> classes;
      for (const Changelog& changelog : changelogs) trace(changelog, edit, classes);
      Class all;
      for (std::size_t index = 0; index < classes.size(); ++index) {
        Class& one = classes.at(index);
        if (one.documents.empty()) continue;
        table.push_back(row(edit, class_name(index), one));
        all.add(one);
      }
      table.push_back(row(edit, "all", all));
    }
    return table;
  }

 private:
  enum class Edit { prepended, appended, line };

  [[nodiscard]] std::vector<Changelog> read() const {
    std::map<std::string, Changelog> by_text;  // many packages share one
    for (const auto& package : std::filesystem::directory_iterator(directory_)) {
      if (!package.is_directory() || package.is_symlink()) continue;
      for (const auto& file : std::filesystem::directory_iterator(package)) {
        const std::string name = file.path().filename();
        if (!file.is_regular_file() || !name.starts_with("changelog") || !name.ends_with(".gz")) continue;
        std::string text = read_gzip(file.path());
        Texts entries = entries_of(text);
        if (entries.size() > versions_)
          by_text.try_emplace(std::move(text), Changelog{package.path().filename(), std::move(entries)});
      }
    }
    if (by_text.size() < least_) {
      throw std::runtime_error(fmt::format(
          "TOO LITTLE DATA: {} holds {} changelogs of more than {} entries, and {} are needed. Nothing was "
          "measured.",
          directory_, by_text.size(), versions_, least_));
    }
    std::vector<std::pair<std::size_t, Changelog>> by_length;
    for (auto& [text, changelog] : by_text) by_length.emplace_back(text.size(), std::move(changelog));
    std::ranges::stable_sort(by_length, {}, [](const auto& one) { return one.first; });
    std::vector<Changelog> chosen;
    const std::size_t count = std::min(documents_, by_length.size());
    for (std::size_t index = 0; index < count; ++index)
      chosen.push_back(std::move(by_length[index * by_length.size() / count].second));
    return chosen;
  }

  /// The version that is first indexed, and those that follow it.
  [[nodiscard]] Texts versions(const Changelog& changelog, Edit edit) const {
    const std::span<const std::string> entries = changelog.entries;
    Texts texts;
    if (edit != Edit::line) {
      for (std::size_t count = entries.size() - versions_; count <= entries.size(); ++count)
        texts.push_back(join(entries.first(count), edit == Edit::prepended));
      return texts;
    }
    std::mt19937 random(1);  // NOLINT(*-msc51-cpp): the same edits in each run
    texts.push_back(join(entries, true));
    for (std::size_t count = 0; count < versions_; ++count) {
      std::string text = texts.back();
      const std::size_t middle = text.size() / 4 + random() % (text.size() / 2 + 1);
      const std::size_t space = text.find(' ', middle);
      if (space != text.npos) text.insert(space, fmt::format(" corrected{}", count));
      texts.push_back(std::move(text));
    }
    return texts;
  }

  void trace(const Changelog& changelog, Edit edit, std::span<Class> classes) const {
    std::optional<Hashes> ours;
    std::optional<Hashes> fixed;
    std::size_t fixed_bytes = 0;
    for (const std::string& text : versions(changelog, edit)) {
      const Document document{.source = {}, .title = changelog.title, .body = text};
      Hashes now;
      for (const Chunk& chunk : chunker_->split(document, *embedder_))
        now.insert(hash_chunk(chunk, *embedder_));
      if (fixed_bytes == 0) fixed_bytes = text.size() / now.size() + 1;  // as many chunks as ours
      Hashes fixed_now = split_fixed(document, fixed_bytes, *embedder_);
      if (ours) {
        const auto above = std::ranges::upper_bound(class_baselines, now.size());
        Class& size_class = classes[static_cast<std::size_t>(above - class_baselines.begin()) - 1];
        size_class.documents.insert(changelog.title);
        size_class.kilobytes.push_back(static_cast<double>(text.size()) / 1024);
        size_class.ours.add(*ours, now);
        size_class.fixed.add(*fixed, fixed_now);
      }
      ours = std::move(now);
      fixed = std::move(fixed_now);
    }
  }

  static Row row(Edit edit, const std::string& name, Class& size_class) {
    constexpr std::array names{"entry in front", "entry appended", "one line in the middle"};
    const auto versions = static_cast<double>(std::max<std::size_t>(size_class.kilobytes.size(), 1));
    std::ranges::sort(size_class.kilobytes);
    return {{"edit", names.at(static_cast<std::size_t>(edit))},
            {"chunks", name},
            {"documents", size_class.documents.size()},
            {"versions", size_class.kilobytes.size()},
            {"median kB",
             size_class.kilobytes.empty() ? 0 : size_class.kilobytes[size_class.kilobytes.size() / 2]},
            {"embedded a version", size_class.ours.embedded / versions},
            {"embedded %", size_class.ours.percent()},
            {"fixed size %", size_class.fixed.percent()}};
  }

  std::string directory_ = "/usr/share/doc";
  std::size_t documents_ = 300;
  std::size_t least_ = 100;
  std::size_t versions_ = 10;
  std::shared_ptr<const Embedder> embedder_ = builtin_embedder();
  std::shared_ptr<const Chunker> chunker_ = make_text_chunker();
};

}  // namespace

std::unique_ptr<Bench> edit_trace() {
  return std::make_unique<EditTrace>();
}

}  // namespace ragqueue::bench
