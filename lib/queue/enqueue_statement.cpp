#include "ragqueue/enqueue_statement.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string_view>

#include "queue/job_id.hpp"
#include "queue/sql.hpp"

namespace ragqueue {

namespace {

/// As PostgreSQL reads a timestamptz.
std::string text_of(std::chrono::system_clock::time_point moment) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::microseconds>(moment - day));
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}+00", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

/// Some libraries would take the colon of our statements' comment for a parameter's.
std::string with_names(std::string_view sql) {
  constexpr std::string_view end_of_comment = "*/ ";
  std::string text;
  for (const char character : sql.substr(sql.find(end_of_comment) + end_of_comment.size())) {
    if (character == '$') {
      text += ":p";
    } else {
      text += character;
    }
  }
  return text;
}

}  // namespace

EnqueueStatement enqueue_statement(const Request& request, Placeholders placeholders) {
  validate(request);
  const std::string_view sql = request.not_before ? sql::enqueue_later : sql::enqueue;
  const Uuid id = pg::new_job_id();
  EnqueueStatement statement{
      .id = id,
      .sql = placeholders == Placeholders::named ? with_names(sql) : std::string(sql),
      .parameters = {request.source.organization_id.to_string(), request.source.source_type,
                     request.source.source_id.to_string(), std::string(to_string(request.action)),
                     std::to_string(request.priority), id.to_string()}};
  if (request.not_before) statement.parameters.push_back(text_of(*request.not_before));
  return statement;
}

}  // namespace ragqueue
