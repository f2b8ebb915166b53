#include <catch2/catch_test_macros.hpp>

#include "support/searchable.hpp"

using namespace ragqueue;
using testing::ids_of;
using testing::Searchable;
using testing::uuid;
using enum SearchMode;

namespace {

struct Words : Searchable {
  void write(unsigned number, const std::string& text, const std::string& language = "") const {
    store({.source = key(1, number), .title = "T" + std::to_string(number), .language = language}, {text});
  }
  [[nodiscard]] std::vector<Uuid> found(const std::string& question) const {
    return ids_of(find(text, question));
  }
};

}  // namespace

TEST_CASE_METHOD(Words, "a compound is found as a whole and by each of its parts") {
  write(1, "See INC-48213 for the outage. VPN/Remote-Desktop, Hotspot/tethering.");
  write(2, "Edit squid.conf on gate01.corp.example, then write to helpline@acme.example.");
  write(3, "max_connections of CVE-2023-4911 in C++; https://wiki.example/pages/42?show=all");
  for (const char* question : {"INC-48213", "INC 48213", "48213", "#48213", "VPN", "tethering", "remote",
                               "VPN/Remote-Desktop", "hotspot"})
    CHECK(found(question) == std::vector{uuid(1)});
  for (const char* question : {"squid", "conf", "squid.conf", "gate01", "corp", "helpline", "acme",
                               "helpline@acme.example", "gate01.corp.example"})
    CHECK(found(question).front() == uuid(2));
  for (const char* question : {"connections", "max_connections", "4911", "CVE-2023-4911", "C++", "42"})
    CHECK(found(question) == std::vector{uuid(3)});
}

TEST_CASE_METHOD(Words, "a whole identifier is worth more than its parts, wherever those stand") {
  write(1, "release 1.2.3-4");
  for (unsigned number = 2; number <= 9; ++number)
    store({.source = key(1, number), .title = "kit-1 2.3"},
          {"step 1, 2, 3 and 4 of 1.2, 3-4: " + std::to_string(number)});
  CHECK(found("1.2.3-4").front() == uuid(1));
  CHECK(found("which release is 1.2.3-4").front() == uuid(1));
}

TEST_CASE_METHOD(Words,
                 "words are the same in every width, case and normal form, and with or without accents") {
  write(1, "ＡＢＣ１２３ and a cafe\u0301, re\u0301sume\u0301");
  write(2, "CAFÉ culture; nai\u0308ve ﬁle");
  CHECK(found("abc123") == std::vector{uuid(1)});
  CHECK(found("ＡＢＣ１２３") == std::vector{uuid(1)});
  for (const char* question : {"café", "cafe", "Cafe\u0301"}) CHECK(found(question).size() == 2);
  CHECK(found("resume") == std::vector{uuid(1)});
  CHECK(found("naive") == std::vector{uuid(2)});
  CHECK(found("file") == std::vector{uuid(2)});
}

TEST_CASE_METHOD(Words, "text without spaces is found by a part of a sentence") {
  write(1, "忘记密码时请联系服务台重置账户。", "zh");
  write(2, "休暇の申請は人事部のフォームから行います。VPN接続", "ja");
  write(3, "กรุณาติดต่อฝ่ายบุคคลเพื่อลาพักร้อน", "th");
  write(4, "Soup on monday.");
  CHECK(found("重置账户") == std::vector{uuid(1)});
  CHECK(found("人事部") == std::vector{uuid(2)});
  CHECK(found("VPN") == std::vector{uuid(2)});
  CHECK(found("ฝ่ายบุคคล") == std::vector{uuid(3)});
  CHECK(found("休") == std::vector{uuid(2)});
  CHECK(found("\"密码时\"") == std::vector{uuid(1)});
}

TEST_CASE_METHOD(Words, "each document is found in the forms of its own language, several in one search") {
  write(1, "Die Häuser am Hafen werden montags gereinigt.", "german");
  write(2, "Les maisons du port sont fermées.", "fr");
  write(3, "The houses were cleaned.");
  write(4, "Дома у гавани убирают по понедельникам.", "ru-RU");
  CHECK(found("Haus") == std::vector{uuid(1)});
  CHECK(found("Haeuser") == std::vector{uuid(1)});
  CHECK(found("maison fermé") == std::vector{uuid(2)});
  CHECK(found("house") == std::vector{uuid(3)});
  CHECK(found("гавань") == std::vector{uuid(4)});
  CHECK(found("house Haus").size() == 2);
}

TEST_CASE_METHOD(Words, "a document whose language alone changes is found in the forms of the new one") {
  write(1, "Die Häuser am Hafen.");
  CHECK(found("Haus").empty());
  write(1, "Die Häuser am Hafen.", "de");
  CHECK(found("Haus") == std::vector{uuid(1)});
}

TEST_CASE_METHOD(Words, "numbers and versions are never stemmed away, nor identifiers of stop words") {
  write(1, "IT-2 and OR-7, ids7 of v2s");
  for (const char* question : {"IT-2", "OR-7", "ids7", "v2s"}) CHECK(found(question) == std::vector{uuid(1)});
  CHECK(found("v2").empty());
}

TEST_CASE_METHOD(Words,
                 "a phrase must stand there, an excluded word must not, and a star stands for any ending") {
  write(1, "When the alarm sounds leave by the stairs. The meeting point is the car park.");
  write(2, "Share a ride, and point out free seats at the meeting.");
  write(3, "Labelled boxes are printed on demand.");
  for (const SearchMode mode : {text, fused}) {
    CHECK(ids_of(find(mode, "\"meeting point\"")) == std::vector{uuid(1)});
    CHECK(ids_of(find(mode, "point -stairs")).front() == uuid(2));
    for (const SearchHit& hit : find(mode, "point -stairs")) CHECK(hit.source_id != uuid(1));
    for (const SearchHit& hit : find(mode, "meeting -\"car park\"")) CHECK(hit.source_id != uuid(1));
    CHECK(find(mode, "lab*").front().source_id == uuid(3));
  }
  CHECK(found("-stairs") == std::vector{uuid(1)});
  CHECK(found("car-park") == std::vector{uuid(1)});
  for (const char* odd : {"\"", "-", "--", "*", "\"\"", "-\"\"", "a\"b", "-*", "\"unclosed phrase"})
    CHECK_NOTHROW(find(text, odd));
}

TEST_CASE_METHOD(Words, "a question of 15,000 words is bounded") {
  write(1, "printer paper stuck");
  std::string endless;
  for (int word = 0; word < 15'000; ++word) endless += "printer" + std::to_string(word) + "-a/b ";
  ReadOptions limited{.statement_timeout = std::chrono::seconds(2)};
  CHECK_NOTHROW(search(database.get(), query(text, "paper " + endless), limited));
}
