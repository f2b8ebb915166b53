#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "ragqueue/source_key.hpp"
#include "support/database.hpp"
#include "support/word_embedder.hpp"

using namespace ragqueue;
using testing::Database;

TEST_CASE("an integer key comes back from the UUID that stands for it, in C++ as in SQL") {
  const Database database{testing::WordEmbedder{}};
  for (const std::int64_t key : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{42},
                                 std::int64_t{0x123456789abcdef0}, std::numeric_limits<std::int64_t>::max(),
                                 std::numeric_limits<std::int64_t>::min()}) {
    const Uuid uuid = uuid_of_key(key);
    INFO(key << " " << uuid.to_string());
    CHECK(integer_key(uuid) == key);
    const std::string number = "(" + std::to_string(key) + ")::numeric::bigint";
    CHECK(database.text("SELECT rag_uuid(" + number + ")") == uuid.to_string());
    CHECK(database.text("SELECT rag_bigint('" + uuid.to_string() + "')") == std::to_string(key));
  }
  CHECK(uuid_of_key(std::int64_t{42}).to_string() == "72616769-6e74-8000-8000-00000000002a");
}

TEST_CASE("a UUID that stands for no integer gives none") {
  const Database database{testing::WordEmbedder{}};
  for (const std::string uuid :
       {"00000000-0000-0000-0000-00000000002a", "72616769-6e74-8000-9000-00000000002a",
        "72616769-6e74-8010-8000-00000000002a", "72616769-6e74-4000-8000-00000000002a"}) {
    CHECK_FALSE(integer_key(Uuid::parse(uuid)));
    CHECK(database.text("SELECT rag_bigint('" + uuid + "') IS NULL") == "true");
  }
}

TEST_CASE("a text key has the same UUID in C++ as in SQL") {
  const Database database{testing::WordEmbedder{}};
  for (const std::string key : {"", "INC-48213", "größer", "00042"}) {
    CHECK(database.text("SELECT rag_uuid('" + key + "'::text)") == uuid_of_key(key).to_string());
    CHECK(database.text("SELECT rag_uuid('" + key + "'::varchar(20))") == uuid_of_key(key).to_string());
  }
  CHECK(uuid_of_key("INC-48213") != uuid_of_key("INC-48214"));
}
