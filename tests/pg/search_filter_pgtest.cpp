#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "support/searchable.hpp"

using namespace ragqueue;
using testing::ids_of;
using testing::Searchable;
using testing::uuid;
using testing::vector_of;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

/// Documents of three organizations, of every mixture of type, visibility and metadata.
struct Library : Searchable {
  struct Entry {
    Document document{};
    std::vector<std::string> passages{};
    std::size_t room = 0;
  };
  std::vector<Entry> entries;
  Random random{20'240'501};

  static inline const std::vector<std::string> types{"kb", "ticket", "asset"};
  static inline const std::vector<std::string> visibilities{"", "public", "internal"};
  static inline const std::vector<std::string> words{"paper",  "printer",  "network", "wireless",
                                                     "disk",   "backup",   "mouse",   "keyboard",
                                                     "screen", "password", "mail",    "camera"};

  Library() {
    for (unsigned number = 1; number <= 150; ++number) add(number);
  }

  void add(unsigned number) {
    Entry entry;
    entry.room = below(random, 4);
    entry.document = {.source = {.organization_id = uuid(1 + number % 3),
                                 .source_type = types[below(random, types.size())],
                                 .source_id = uuid(number)},
                      .title = phrase(2),
                      .visibility = visibilities[below(random, visibilities.size())],
                      .metadata = "{\"room\": " + std::to_string(entry.room) + ", \"open\": true}"};
    for (std::size_t count = 1 + below(random, 4); count > 0; --count) entry.passages.push_back(phrase(3));
    store(entry.document, entry.passages);
    entries.push_back(std::move(entry));
  }

  std::string phrase(std::size_t length) {
    std::string text;
    for (; length > 0; --length) text += (text.empty() ? "" : " ") + words[below(random, words.size())];
    return text;
  }

  template <class Value>
  std::vector<Value> some(const std::vector<Value>& values) {
    std::vector<Value> chosen;
    std::ranges::sample(values, std::back_inserter(chosen), static_cast<std::ptrdiff_t>(below(random, 3)),
                        random);
    return chosen;
  }

  struct Question {
    SearchQuery query{};
    std::optional<std::size_t> room{};
  };

  Question question(SearchMode mode) {
    Question asked;
    asked.query = query(mode, phrase(2), 1 + below(random, 30));
    asked.query.filter = {.source_types = some(types),
                          .visibilities = some(std::vector<std::string>{"public", "internal"})};
    if (below(random, 2) == 0) {
      asked.room = below(random, 5);
      asked.query.filter.metadata = "{\"room\": " + std::to_string(*asked.room) + "}";
    }
    return asked;
  }

  static bool passes(const Entry& entry, const Question& asked) {
    const auto among = [](const std::vector<std::string>& wanted, const std::string& value) {
      return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
    };
    return entry.document.source.organization_id == asked.query.organization_id &&
           among(asked.query.filter.source_types, entry.document.source.source_type) &&
           among(asked.query.filter.visibilities, entry.document.visibility) &&
           (!asked.room || *asked.room == entry.room);
  }

  std::map<Uuid, const Entry*> passing(const Question& asked) const {
    std::map<Uuid, const Entry*> found;
    for (const Entry& entry : entries) {
      if (passes(entry, asked)) found.emplace(entry.document.source.source_id, &entry);
    }
    return found;
  }
};

double cosine(const std::vector<float>& left, const std::vector<float>& right) {
  double product = 0;
  double left_square = 0;
  double right_square = 0;
  for (std::size_t index = 0; index < left.size(); ++index) {
    product += static_cast<double>(left[index]) * static_cast<double>(right[index]);
    left_square += static_cast<double>(left[index]) * static_cast<double>(left[index]);
    right_square += static_cast<double>(right[index]) * static_cast<double>(right[index]);
  }
  return product / std::sqrt(left_square * right_square);
}

bool has_word(const Library::Entry& entry, const std::string& question) {
  const auto in = [&](const std::string& text) {
    for (std::size_t begin = 0; begin < question.size();) {
      const std::size_t end = std::min(question.find(' ', begin), question.size());
      if (text.find(question.substr(begin, end - begin)) != std::string::npos) return true;
      begin = end + 1;
    }
    return false;
  };
  return in(entry.document.title) || std::ranges::any_of(entry.passages, in);
}

}  // namespace

TEST_CASE_METHOD(Library,
                 "by vector, what passes the filter is found, all of it, in the order of its cosine") {
  for (int round = 0; round < 60; ++round) {
    Question asked = question(SearchMode::vector);
    asked.query.duplicates = true;
    const auto expected = passing(asked);
    const auto hits = search(database.get(), asked.query);
    CHECK(hits.size() == std::min(expected.size(), asked.query.limit));
    double weakest_found = 2;
    for (const SearchHit& hit : hits) {
      REQUIRE(expected.contains(hit.source_id));
      double best = -1;
      for (const std::string& passage : expected.at(hit.source_id)->passages)
        best = std::max(best, cosine(vector_of(passage), asked.query.vector));
      CHECK(std::abs(best - hit.score) < 1e-5);
      CHECK(hit.score <= weakest_found);
      weakest_found = hit.score;
    }
    const auto ids = ids_of(hits);
    for (const auto& [id, entry] : expected) {
      if (std::ranges::find(ids, id) != ids.end()) continue;
      for (const std::string& passage : entry->passages)
        CHECK(cosine(vector_of(passage), asked.query.vector) <= weakest_found + 1e-5);
    }
  }
}

TEST_CASE_METHOD(Library, "by text, all that passes the filter and has a word is found, and nothing else") {
  for (int round = 0; round < 60; ++round) {
    Question asked = question(SearchMode::text);
    asked.query.limit = 1000;
    std::vector<Uuid> expected;
    for (const auto& [id, entry] : passing(asked)) {
      if (has_word(*entry, asked.query.text)) expected.push_back(id);
    }
    auto ids = ids_of(search(database.get(), asked.query));
    std::ranges::sort(ids);
    CHECK(ids == expected);
  }
}

TEST_CASE_METHOD(Library,
                 "in every mode, a smaller limit shows the beginning of the same list, each document once") {
  for (int round = 0; round < 60; ++round) {
    Question asked = question(static_cast<SearchMode>(round % 3));
    asked.query.limit = 90;
    const auto all = ids_of(search(database.get(), asked.query));
    CHECK(std::set<Uuid>(all.begin(), all.end()).size() == all.size());
    asked.query.limit = 1 + below(random, 20);
    const auto some_of_it = ids_of(search(database.get(), asked.query));
    REQUIRE(some_of_it.size() == std::min(all.size(), asked.query.limit));
    CHECK(std::equal(some_of_it.begin(), some_of_it.end(), all.begin()));
  }
}
