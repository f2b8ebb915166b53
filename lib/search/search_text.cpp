#include <string>

#include "search/search_parts.hpp"
#include "search/sql.hpp"

namespace ragqueue::pg {

Question read_question(pg_conn* connection, const Uuid& organization_id, std::string_view text) {
  const Result rows = execute(connection, sql::search_question, Params().add(organization_id).add(text));
  Question question;
  for (int row = 0; row < rows.rows(); ++row) {
    Question::Form form{.kind = rows.get<std::string>(row, 0),
                        .unit = rows.get<std::int32_t>(row, 1),
                        .part = rows.get<std::int32_t>(row, 2),
                        .query = rows.get<std::string>(row, 3)};
    if (form.kind == "phrase") {
      question.phrases.push_back(std::move(form.query));
    } else if (form.kind == "without") {
      question.without.push_back(std::move(form.query));
    } else {
      question.forms.push_back(std::move(form));
    }
  }
  return question;
}

std::vector<SearchHit> find_matching(pg_conn* connection, const Scope& scope, const Question& question) {
  if (question.forms.empty()) return {};
  std::vector<std::string_view> queries;
  for (const Question::Form& form : question.forms) queries.emplace_back(form.query);
  Params params;
  params.add(scope.organization_id)
      .add_array(question.forms, &Question::Form::unit)
      .add_array(question.forms, &Question::Form::part)
      .add_array(question.forms, &Question::Form::kind)
      .add_array(queries)
      .add(static_cast<std::int64_t>(scope.limit));
  return hits_of(execute(connection, scope.filter.in(sql::search_text, 7), scope.filter.add_to(params)),
                 &SearchHit::by_text);
}

}  // namespace ragqueue::pg
