#include <fmt/format.h>

#include <array>
#include <exception>
#include <string_view>
#include <vector>

#include "pages.hpp"
#include "ragqueue/builtin_embedder.hpp"
#include "recall.hpp"

using namespace ragqueue;
using namespace ragqueue::recall;

namespace {

/// Of all questions; what each mode must reach at least.
struct Floor {
  std::string_view mode;
  double at_1;
  double at_10;
};
constexpr std::array<Floor, modes> floors{
    {{"vector", 0.60, 0.93}, {"text", 0.73, 0.94}, {"fused", 0.77, 0.98}}};

constexpr std::string_view usage =
    "ragqueue_recall PAGES [--table]\n"
    "  PAGES is what examples/quickstart/pages.py prints. Measures how well each page is found by its own "
    "description, with the\n"
    "  built-in model and the default chunks, through PostgreSQL; ends with 1 if a mode falls below its "
    "floor.\n"
    "  R@1 and R@10 are given for the half of the questions that settings are chosen on, for the other half "
    "that "
    "judges them, and for\n"
    "  all. --table measures other sizes and overlaps of chunks as well.\n";

double share(double part, const Score& score) {
  return part / score.questions;
}

Score total(const std::array<Score, halves>& scores) {
  return scores[chosen_on] + scores[judged_by];
}

void print_head() {
  fmt::print("{:>10} {:>7} {:>5} {:>6} {:>6}  {:<6} {:^13}  {:^13}  {:^13}  {:>6}\n", "max_tokens", "overlap",
             "title", "chunks", "tokens", "mode", "chosen on", "judged by", "all", "MRR");
}

void print_rows(const Setting& setting, const Recall& recall) {
  for (std::size_t mode = 0; mode < modes; ++mode) {
    fmt::print("{:>10} {:>7} {:>5} {:>6} {:>6.1f}  {:<6}", setting.chunks.max_tokens,
               setting.chunks.overlap_tokens, setting.titles ? "yes" : "no", recall.chunks,
               recall.tokens_per_chunk, floors.at(mode).mode);
    const auto& scores = recall.scores.at(mode);
    for (const Score& score : {scores[chosen_on], scores[judged_by], total(scores)})
      fmt::print("  {:.3f}  {:.3f}", share(score.first, score), share(score.in_ten, score));
    fmt::print("  {:>6.3f}\n", share(total(scores).inverse, total(scores)));
  }
}

std::vector<Setting> table_settings() {
  std::vector<Setting> settings;
  for (const std::size_t size : {40U, 60U, 80U, 100U, 128U}) {
    for (const std::size_t overlap : {0U, 15U, 30U}) {
      if (overlap * 2 < size) settings.push_back({.chunks = {.max_tokens = size, .overlap_tokens = overlap}});
    }
  }
  settings.push_back({.chunks = {}, .titles = false});
  return settings;
}

bool holds(const Recall& recall) {
  bool all_hold = true;
  for (std::size_t mode = 0; mode < modes; ++mode) {
    const Score score = total(recall.scores.at(mode));
    const Floor& floor = floors.at(mode);
    if (share(score.first, score) >= floor.at_1 && share(score.in_ten, score) >= floor.at_10) continue;
    fmt::print("{} is below its floor: R@1 {}, R@10 {}\n", floor.mode, floor.at_1, floor.at_10);
    all_hold = false;
  }
  return all_hold;
}

int run(const char* path, bool table) {
  const std::vector<Page> pages = read_pages(path);
  const auto embedder = builtin_embedder();
  const std::vector<float> questions = embed_questions(pages, *embedder);
  print_head();
  if (table) {
    for (const Setting& setting : table_settings())
      print_rows(setting, measure(pages, questions, setting, *embedder));
    fmt::print("the defaults:\n");
  }
  const Recall recall = measure(pages, questions, {}, *embedder);
  print_rows({}, recall);
  fmt::print("{} questions, {} pages. Not among the first ten, fused:\n", total(recall.scores[0]).questions,
             pages.size());
  for (const std::size_t page : recall.missed)
    fmt::print("  {}: {}\n", pages[page].name, pages[page].description);
  return holds(recall) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool table = argc == 3 && std::string_view(argv[2]) == "--table";
  if (argc != 2 && !table) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  try {
    return run(argv[1], table);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
