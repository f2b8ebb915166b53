#include <fmt/format.h>

#include <exception>
#include <string_view>
#include <vector>

#include "pages.hpp"
#include "ragqueue/builtin_embedder.hpp"
#include "recall.hpp"

using namespace ragqueue;
using namespace ragqueue::recall;

namespace {

constexpr double required_recall_at_10 = 0.93;

constexpr std::string_view usage =
    "ragqueue_recall PAGES [--table]\n"
    "  PAGES is what examples/quickstart/pages.py prints. Measures how well each page is found by its own "
    "description, with the\n"
    "  built-in model and the default chunks; ends with 1 if recall at 10 is below {}.\n"
    "  --table measures other sizes and overlaps of chunks as well.\n";

void print_head() {
  fmt::print("{:>10} {:>7} {:>5} {:>7} {:>12} {:>6} {:>6} {:>6}\n", "max_tokens", "overlap", "title",
             "chunks", "tokens/chunk", "R@1", "R@10", "MRR");
}

void print_row(const Setting& setting, const Recall& recall) {
  fmt::print("{:>10} {:>7} {:>5} {:>7} {:>12.1f} {:>6.3f} {:>6.3f} {:>6.3f}\n", setting.chunks.max_tokens,
             setting.chunks.overlap_tokens, setting.titles ? "yes" : "no", recall.chunks,
             recall.tokens_per_chunk, recall.at_1, recall.at_10, recall.reciprocal_rank);
}

std::vector<Setting> table_settings() {
  std::vector<Setting> settings;
  for (const std::size_t size : {40U, 60U, 80U, 100U, 115U, 128U}) {
    for (const std::size_t overlap : {0U, 15U, 30U}) {
      settings.push_back({.chunks = {.max_tokens = size, .overlap_tokens = overlap}});
    }
    settings.push_back({.chunks = {.max_tokens = size}, .titles = false});
  }
  return settings;
}

int run(const char* path, bool table) {
  const std::vector<Page> pages = read_pages(path);
  const auto embedder = builtin_embedder();
  const std::vector<float> questions = embed_questions(pages, *embedder);
  print_head();
  if (table) {
    for (const Setting& setting : table_settings())
      print_row(setting, measure(pages, questions, setting, *embedder));
    fmt::print("the defaults:\n");
  }
  const Recall recall = measure(pages, questions, {}, *embedder);
  print_row({}, recall);
  fmt::print("{} questions, {} pages. Not among the first ten:\n", recall.questions, pages.size());
  for (const std::size_t page : recall.missed)
    fmt::print("  {}: {}\n", pages[page].name, pages[page].description);
  return recall.at_10 >= required_recall_at_10 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool table = argc == 3 && std::string_view(argv[2]) == "--table";
  if (argc != 2 && !table) {
    fmt::print(stderr, usage, required_recall_at_10);
    return 2;
  }
  try {
    return run(argv[1], table);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
