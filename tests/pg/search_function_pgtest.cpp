#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "support/searchable.hpp"

using namespace ragqueue;
using testing::Searchable;
using testing::uuid;
using testing::vector_of;

namespace {

struct Function : Searchable {
  Function() {
    for (unsigned number = 1; number <= 30; ++number) {
      store({.source = key(1, number),
             .title = "T" + std::to_string(number),
             .visibility = number % 2 == 0 ? "public" : "internal",
             .metadata = "{\"floor\": " + std::to_string(number % 5) + "}"},
            {"paper " + std::string(number % 7, 'x') + " printer" + std::to_string(number),
             "stuck in room " + std::to_string(number)});
    }
    store(2, 1, {"paper printer7 of another"});
  }

  struct Row {
    double score;
    Uuid source_id;
    std::string passage;
  };
  [[nodiscard]] std::vector<Row> call(const std::string& arguments,
                                      const std::optional<std::vector<float>>& vector = {}) const {
    pg::Params params;
    params.add(uuid(1));
    if (vector) {
      params.add_array(*vector);
    } else {
      params.add_null_array<float>();
    }
    const pg::Result rows = pg::execute(
        database.get(),
        "SELECT score, source_id, passage FROM rag_search($1, question_vector => $2::real[]::vector, " +
            arguments + ")",
        params);
    std::vector<Row> found;
    for (int row = 0; row < rows.rows(); ++row)
      found.push_back({rows.get<double>(row, 0), rows.get<Uuid>(row, 1), rows.get<std::string>(row, 2)});
    return found;
  }
};

}  // namespace

TEST_CASE_METHOD(Function,
                 "rag_search finds what the library finds, in the same order, with a vector and without") {
  for (const std::string question : {"printer7", "paper stuck", "room 12 printer", "paper -printer7"}) {
    for (const SearchMode mode : {SearchMode::text, SearchMode::fused}) {
      SearchQuery asked = query(mode, question, 20);
      asked.duplicates = true;
      const auto expected = search(database.get(), asked);
      const auto found = call("question => '" + question + "', max_hits => 20",
                              mode == SearchMode::text ? std::nullopt : std::optional(vector_of(question)));
      CAPTURE(question, static_cast<int>(mode));
      REQUIRE(found.size() == expected.size());
      for (std::size_t place = 0; place < found.size(); ++place) {
        CHECK(found[place].score == Catch::Approx(expected[place].score).margin(1e-5));
        CHECK(found[place].passage == expected[place].passage);
      }
    }
  }
}

TEST_CASE_METHOD(Function, "rag_search filters, and shows as many as are asked for") {
  CHECK(call("question => 'paper'").size() == 10);
  CHECK(call("question => 'paper', max_hits => 100").size() == 30);
  CHECK(call("question => 'paper', visibilities => '{public}', max_hits => 100").size() == 15);
  CHECK(call("question => 'paper', metadata => '{\"floor\": 1}', max_hits => 100").size() == 6);
  CHECK(call("question => 'paper', metadata_path => '$.floor >= 3', max_hits => 100", vector_of("paper"))
            .size() == 12);
  CHECK(call("question => 'the of is'").empty());
}
