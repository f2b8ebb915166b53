#include "text.hpp"

#include <catch2/catch_test_macros.hpp>

using rag_worker::hide_passwords;
using rag_worker::one_line;
using rag_worker::wrap;

TEST_CASE("one_line leaves nothing that could move a terminal's cursor") {
  CHECK(one_line("  a\n\n b\tc \r\n") == "a b c");
  CHECK(one_line("red \x1b[31m alert\x07") == "red [31m alert");
  CHECK(one_line("red \xC2\x9B"
                 "31m alert") == "red 31m alert");
  CHECK(one_line("left \xE2\x80\xAE right \xE2\x81\xA6") == "left right");
  CHECK(one_line(" \n ").empty());
  CHECK(one_line("Überblick — 日本") == "Überblick — 日本");
}

TEST_CASE("hide_passwords leaves no password of a connection string or a URL") {
  CHECK(hide_passwords("not expected: password=secret").ends_with("password=***"));
  CHECK(hide_passwords("host=a password=secret user=b") == "host=a password=*** user=b");
  CHECK(hide_passwords("password='my secret' sslpassword=x") == "password=*** sslpassword=***");
  CHECK(hide_passwords("password='my secret") == "password=***");
  CHECK(hide_passwords("postgresql://u:secret@host/x?password=secret&a=b") ==
        "postgresql://u:***@host/x?password=***&a=b");
  CHECK(hide_passwords("two: https://u:a@b@host https://u:c@host") ==
        "two: https://u:***@host https://u:***@host");
  for (const char* harmless :
       {"", "password= ", "https://host:1/a", "https://u@host", "a: b@c", "://", "password"}) {
    CHECK(hide_passwords(harmless) == harmless);
  }
}

TEST_CASE("wrap breaks between words and indents each line") {
  CHECK(wrap("one two three", 9, "  ") == "  one two\n  three\n");
  CHECK(wrap("one two", 9, "") == "one two\n");
  CHECK(wrap("a verylongword b", 6, "") == "a\nverylongword\nb\n");
  CHECK(wrap("äöü äöü äöü", 7, "") == "äöü äöü\näöü\n");
  CHECK(wrap("", 10, "  ").empty());
}
