#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "helpdesk.hpp"
#include "program.hpp"

using Catch::Matchers::ContainsSubstring;
using program::Helpdesk;

namespace {

/// Notes as people store them, each with a format of its own where it says one.
struct Notes : Helpdesk {
  std::string config = write_config();

  Notes() {
    REQUIRE(json({"init"}).is_object());
    sql("CREATE TABLE notes (id uuid PRIMARY KEY, organization_id uuid, title text, body text, format text)");
  }
  ~Notes() { std::filesystem::remove(config); }
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;

  static std::string write_config() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ragqueue-XXXXXX").string();
    close(mkstemp(pattern.data()));
    std::ofstream(pattern) << "[source.note]\nquery = '''\nSELECT id, title, body, format FROM notes WHERE "
                              "organization_id = $1 AND id = ANY ($2)\n'''\n";
    return pattern;
  }

  void write(int number, const std::string& body, const std::string& format = "") {
    const std::string id = fmt::format("0c000000-0000-4000-8000-{:012}", number);
    sql(fmt::format("INSERT INTO notes VALUES ('{}', '{}', 'Note {}', $body${}$body$, nullif('{}', ''))", id,
                    org, number, body, format));
    REQUIRE(json({"enqueue", org, "note", id}).contains("id"));
  }

  nlohmann::json index() { return json({"--config", config, "run", "--drain"}); }

  [[nodiscard]] std::string chunks() {
    return text(
        "SELECT coalesce(string_agg(content, '|' ORDER BY title, chunk_index), '') FROM rag_documents AS d "
        "JOIN rag_chunks AS c ON c.document_id = d.id");
  }
};

std::string repeated(std::string_view part, std::size_t times) {
  std::string result;
  for (std::size_t count = 0; count < times; ++count) result += part;
  return result;
}

}  // namespace

TEST_CASE_METHOD(Notes, "a page is indexed as its reader sees it") {
  write(1, "<p>See <a href=\"/f\" title=\"Sabbatical\">this form</a>.</p><!-- internal: layoffs planned -->");
  write(2, "<p>Hand in <b>all re</b>ceipts by the tenth.</p><script>track('visitor')</script>");
  CHECK(index().at("done") == 2);
  CHECK(chunks() == "See this form.|Hand in all receipts by the tenth.");
}

TEST_CASE_METHOD(Notes, "a pasted image is left out, which is counted, and costs its neighbours nothing") {
  const std::string image = repeated("iVBORw0KGgoAAAANSUhEUgAA", 20'000);
  write(0, "<p>Plug in the projector.</p><img src=\"data:image/png;base64," + image +
               "\"><p>The lamp needs a minute.</p>");
  write(1, "Read ![the plan](data:image/png;base64," + image + ") first.");
  for (int number = 2; number < 32; ++number) write(number, fmt::format("Ticket {} is closed.", number));
  const auto counters = index();
  CHECK(counters.at("done") == 32);
  CHECK(counters.at("left_out_bytes") > 2 * image.size());
  CHECK(text("SELECT count(*) FROM rag_chunks") == "32");
  CHECK_THAT(chunks(),
             ContainsSubstring("Plug in the projector.\n\nThe lamp needs a minute.|Read the plan first."));
}

TEST_CASE_METHOD(Notes, "what Outlook and Word add to a mail is no text of it") {
  write(1, "<html><head><style><!--\n" +
               repeated("@font-face\n\t{font-family:\"Calibri\";\n\tpanose-1:2 15 5 2;}\n", 60) +
               "--></style></head><body><p class=MsoNormal>The kettle leaks.<o:p></o:p></p></body></html>");
  write(2,
        "<p>Dear all,</p><!--[if gte mso 9]><xml><w:LatentStyles "
        "DefLockedState=\"false\"/></xml><![endif]--><p>the "
        "lift is stuck.</p>");
  CHECK(index().at("done") == 2);
  CHECK(chunks() == "The kettle leaks.|Dear all,\n\nthe lift is stuck.");
}

TEST_CASE_METHOD(Notes, "passages of code begin at a line, whatever its strings say") {
  std::string code;
  for (int number = 0; number < 24; ++number)
    code += fmt::format(
        "def step_{}(box):\n    move(\"to shelf {}. Then wait. Do not lift.\", box)\n    return box\n\n",
        number, number);
  write(1, "Run this:\n\n```python\n" + code + "```\n");
  write(2, "<p>Run this:</p><pre>" + code + "</pre>");
  CHECK(index().at("done") == 2);
  CHECK(text("SELECT count(*) FROM rag_chunks") != "2");
  CHECK(text("SELECT count(*) FROM rag_chunks WHERE content !~ '^(Run|def|    move|    return)'") == "0");
}

TEST_CASE_METHOD(Notes, "what was left out of a document is in the log where that is asked for") {
  write(1, "See ![plan](data:image/png;base64," + repeated("iVBORw0KGgoA", 100) + ")");
  const auto outcome = program::run(start({"--config", config, "run", "--drain", "--log-level", "debug"}));
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.errors, ContainsSubstring("debug left out ") && ContainsSubstring("source_type=note"));
}

TEST_CASE_METHOD(Notes, "a row says how its body is written, where a look at it may err") {
  write(1, "<p>shown as it is</p>", "text");
  write(2, "2 < 3", "html");
  write(3, "* one\n* two", "markdown");
  CHECK(index().at("done") == 3);
  CHECK(chunks() == "<p>shown as it is</p>|2 < 3|one\ntwo");
}

TEST_CASE_METHOD(Notes, "a row whose format nobody knows fails alone, and says which there are") {
  write(1, "a", "word");
  write(2, "b", "auto");
  const auto outcome = program::run(start({"--config", config, "run", "--drain", "--max-attempts", "1"}));
  CHECK_THAT(outcome.errors, ContainsSubstring("must be auto, text, html or markdown"));
  CHECK(chunks() == "b");
}

TEST_CASE_METHOD(
    Notes, "texts that the model does not know have no vector, are found by their words, and are told of") {
  write(1, "忘记密码时请联系服务台重置账户。");
  write(2, "食堂周一提供牛肉面和蔬菜。");
  write(3, "The road to the harbour is closed to traffic.");
  sql("UPDATE notes SET title = ''");
  CHECK(index().at("done") == 3);
  CHECK(json({"status"}).at("chunks_without_vector") == 2);
  const auto traffic = json({"search", org, "traffic"});
  REQUIRE(traffic.size() == 1);
  CHECK(traffic[0].at("passage") == "The road to the harbour is closed to traffic.");
  const auto chinese = json({"search", org, "重置账户"});
  REQUIRE(chinese.size() == 1);
  CHECK(chinese[0].at("passage") == "忘记密码时请联系服务台重置账户。");
  CHECK_THAT(json({"doctor"}).dump(), ContainsSubstring("2 chunks have no vector"));
  CHECK_THAT(json({"init"}).dump(), ContainsSubstring("2 chunks have no vector"));
}

TEST_CASE_METHOD(Notes, "an index of bodies as they were stored is brought over in the background") {
  write(1, "<p>Hand in <b>all re</b>ceipts.</p>", "text");
  write(2, "plain", "text");
  CHECK(index().at("done") == 2);
  sql("UPDATE notes SET format = NULL; UPDATE rag_embedder SET text_version = 0");
  CHECK_THAT(json({"doctor"}).dump(), ContainsSubstring("rag_worker init asks for all of it anew"));
  const std::string before = text("SELECT string_agg(id::text, ',') FROM rag_chunks WHERE content = 'plain'");
  CHECK_THAT(json({"init"}).dump(), ContainsSubstring("2 documents"));
  CHECK(json({"status"}).at("pending") == 2);
  CHECK(index().at("done") == 2);
  CHECK(chunks() == "Hand in all receipts.|plain");
  CHECK(text("SELECT string_agg(id::text, ',') FROM rag_chunks WHERE content = 'plain'") == before);
}
