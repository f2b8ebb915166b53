#include "search/passages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "db/statement.hpp"
#include "search/sql.hpp"

namespace ragqueue {

std::string join_chunks(std::string_view first, std::string_view second) {
  constexpr std::size_t least_overlap = 8;  // fewer bytes are alike by chance
  for (std::size_t overlap = std::min(first.size(), second.size()); overlap >= least_overlap; --overlap) {
    if (first.ends_with(second.substr(0, overlap))) return std::string(first).append(second.substr(overlap));
  }
  return fmt::format("{}\n\n{}", first, second);
}

namespace pg {

namespace {

/// Any of the question's words; empty where it has none.
std::string any_of(const Question& question) {
  std::vector<std::string_view> queries;
  for (const Question::Form& form : question.forms) queries.emplace_back(form.query);
  return fmt::format("{}", fmt::join(queries, " | "));
}

Result read_passages(pg_conn* connection, const SearchQuery& query, const Question& question,
                     const std::vector<SearchHit>& hits) {
  Params params;
  params.add(query.organization_id)
      .add_array(hits, &SearchHit::document_id)
      .add_array(hits, &SearchHit::chunk)
      .add(static_cast<std::int32_t>(query.passages))
      .add(static_cast<std::int32_t>(query.neighbours))
      .add(any_of(question));
  if (query.vector.empty() || query.mode == SearchMode::text) {
    params.add_null_array<float>();
  } else {
    params.add_array(query.vector);
  }
  return execute(connection, sql::search_passages, params);
}

}  // namespace

void add_passages(pg_conn* connection, const SearchQuery& query, const Question& question,
                  std::vector<SearchHit>& hits) {
  std::map<Uuid, SearchHit*> hit_of;
  for (SearchHit& hit : hits) {
    hit.passages.clear();
    hit_of.emplace(hit.document_id, &hit);
  }
  if (hits.empty()) return;
  const Result rows = read_passages(connection, query, question, hits);
  std::int64_t last_place = 0;
  for (int row = 0; row < rows.rows(); ++row) {
    std::vector<Passage>& passages = hit_of.at(rows.get<Uuid>(row, 0))->passages;
    const auto place = rows.get<std::int64_t>(row, 1);
    const auto chunk = rows.get<std::int32_t>(row, 2);
    auto text = rows.get<std::string>(row, 3);
    if (!passages.empty() && place == last_place && chunk == passages.back().last_chunk + 1) {
      passages.back().text = join_chunks(passages.back().text, text);
      passages.back().last_chunk = chunk;
    } else {
      passages.push_back({.first_chunk = chunk, .last_chunk = chunk, .text = std::move(text)});
    }
    last_place = place;
  }
}

}  // namespace pg

}  // namespace ragqueue
