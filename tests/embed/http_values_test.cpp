#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>

#include "embed/http/base64.hpp"
#include "embed/http/http_plan.hpp"
#include "embed/http/http_protocol.hpp"
#include "embed/http/http_retry_after.hpp"
#include "embed/http/http_url.hpp"
#include "ragqueue/http_embedder.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;

TEST_CASE("Retry-After is seconds, fractions or a date; milliseconds come first", "[http]") {
  const auto now = std::chrono::system_clock::from_time_t(1'700'000'000);  // 2023-11-14 22:13:20 UTC
  CHECK(read_retry_after("", "7", now) == 7s);
  CHECK(read_retry_after("", "0.25", now) == 250ms);
  CHECK(read_retry_after("1500", "7", now) == 1500ms);
  CHECK(read_retry_after("soon", "7", now) == 7s);
  CHECK(read_retry_after("", "Tue, 14 Nov 2023 22:13:50 GMT", now) == 30s);
  CHECK(read_retry_after("", "Tue, 14 Nov 2023 22:13:00 GMT", now) == 0s);
  CHECK(read_retry_after("", "Wed, 21 Oct 2826 07:28:00 GMT", now) == 365 * 24h);
  CHECK(read_retry_after("", "-3", now) == 0s);
  CHECK_FALSE(read_retry_after("", "", now));
  CHECK_FALSE(read_retry_after("", "later", now));
  CHECK_FALSE(read_retry_after("", "nan", now));
}

TEST_CASE("It is known which URLs do not leave the machine", "[http]") {
  for (const char* host :
       {"localhost", "LOCALHOST:11434", "localhost.", "a.localhost", "127.0.0.1", "127.9.9.9:1", "127.1",
        "0x7f000001", "[::1]", "[::1]:11434", "[0:0:0:0:0:0:0:1]", "me:pass@127.0.0.1"}) {
    CAPTURE(host);
    CHECK(is_loopback(std::string("http://") + host + "/v1"));
  }
  for (const char* host : {"localhost.example.org", "notlocalhost", "128.0.0.1", "127.0.0.1.example.org",
                           "10.0.0.1", "[::2]", "[::127.0.0.1]", "0.0.0.0", "localhost@example.org"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback(std::string("https://") + host + "/v1"));
  }
}

TEST_CASE("A text is written as JSON that says the same", "[http]") {
  std::string text = "a \"b\" \\ / \n\r\t\b\f 東京";
  for (char control = 1; control < ' '; ++control) text += control;
  text += '\0';
  std::string json = "x";
  append_json_string(json, text);
  CHECK(nlohmann::json::parse(json.substr(1)) == text);
  CHECK(json.size() - 1 == json_string_size(text));
}

TEST_CASE("Requests keep within every limit, with texts of like length together", "[http]") {
  std::mt19937 random(7);
  std::vector<TextSize> texts;
  for (std::size_t text = 0; text < 500; ++text) {
    const std::size_t tokens = 1 + random() % 50;
    texts.push_back({.text = text, .tokens = tokens, .bytes = tokens * (1 + random() % 5)});
  }
  const RequestLimits limits{.texts = 20, .tokens = 300, .bytes = 900};
  std::vector<bool> seen(texts.size());
  std::size_t last = SIZE_MAX;
  for (const TextGroup& group : plan_requests(texts, limits)) {
    CHECK(fits(group, limits));
    for (const TextSize& each : group) {
      CHECK_FALSE(seen[each.text]);
      seen[each.text] = true;
      CHECK(each.tokens <= last);
      last = each.tokens;
    }
  }
  CHECK(std::ranges::all_of(seen, [](bool value) { return value; }));
  CHECK(plan_requests({{.text = 0, .tokens = 9'999, .bytes = 9'999}}, limits).size() == 1);
  CHECK(plan_requests({}, limits).empty());
}

TEST_CASE("Tokens are estimated rather high", "[http]") {
  CHECK(estimate_tokens("") == 0);
  CHECK(estimate_tokens("the cat") == 2);
  CHECK(estimate_tokens("printers, jammed") == 5);
  CHECK(estimate_tokens("2024") == 4);
  CHECK(estimate_tokens("東京") == 2);
}

TEST_CASE("Base64 is read as RFC 4648 has it", "[http]") {
  const auto decode = [](std::string_view text) -> std::optional<std::string> {
    const auto size = base64_size(text);
    if (!size) return std::nullopt;
    std::string bytes(*size, '\0');
    if (!decode_base64(text, std::as_writable_bytes(std::span(bytes)))) return std::nullopt;
    return bytes;
  };
  CHECK(decode("") == "");
  CHECK(decode("Zg==") == "f");
  CHECK(decode("Zm8=") == "fo");
  CHECK(decode("Zm9v") == "foo");
  CHECK(decode("Zm9vYmFy") == "foobar");
  CHECK_FALSE(decode("Zg="));
  CHECK_FALSE(decode("Zg!="));
  CHECK_FALSE(decode("Z==="));
  CHECK_FALSE(decode("===="));
  CHECK_FALSE(decode("Zm9v\n"));
  CHECK_FALSE(decode("Zm9vZm9vZm9vZm9vZm9vZm9vZm9v-_9v"));
  // Every length and every byte, where several groups are read at once as well.
  for (std::size_t length = 0; length < 200; ++length) {
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(i * 37 + length);
    std::string text;
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t bit = 0; bit < length * 8; bit += 6) {
      unsigned value = 0;
      for (std::size_t at = bit; at < bit + 6; ++at) {
        const bool set =
            at < length * 8 && ((static_cast<unsigned char>(bytes[at / 8]) >> (7 - at % 8)) & 1U) != 0;
        value = value << 1U | (set ? 1U : 0U);
      }
      text += alphabet[value];
    }
    while (text.size() % 4 != 0) text += '=';
    CHECK(decode(text) == bytes);
    for (const char wrong : {'-', '\x80', '\0', '=', ' '}) {
      if (text.size() < 8) break;
      std::string broken = text;
      broken[length % (text.size() - 4)] = wrong;
      CHECK_FALSE(decode(broken));
    }
  }
}

TEST_CASE("A base64 that is escaped or stands in white space is read as any other", "[http]") {
  const auto protocol = make_openai_protocol({.url = "http://h", .model = "m"});
  const auto read = [&](const std::string& embedding) {
    std::string body = R"({"data":[{"embedding": )" + embedding + R"(,"index":0}]})";
    body.reserve(body.size() + 64);  // for simdjson
    std::vector<float> vector(3);
    const auto unusable = protocol->read(body, {vector});
    CHECK(unusable.empty());
    return vector;
  };
  const std::vector<float> wanted = read(R"("AP9/P///f78AAIA/")");
  CHECK(wanted == std::vector<float>{0.99998474F, -0.99999994F, 1});
  CHECK(read(R"("AP9\/P\/\/\/f78AAIA\/")") == wanted);
  CHECK(read("  \"AP9/P///f78AAIA/\" \n ") == wanted);
  CHECK_THROWS_AS(read(R"("AP9/P///f78AAIA")"), BadReply);
  CHECK_THROWS_AS(read(R"("AP9/P///f7!AAIA/")"), BadReply);
  CHECK_THROWS_AS(read(R"("AP9/P///f78=")"), WrongDimension);
}

TEST_CASE("An address is made of the base URL", "[http]") {
  CHECK(extend_url("http://h:1", "/api/embed") == "http://h:1/api/embed");
  CHECK(extend_url("http://h:1/", "/api/embed") == "http://h:1/api/embed");
  CHECK(extend_url("http://me:secret@h:1/x/", "/api/embed") == "http://h:1/x/api/embed");
  CHECK(extend_url("https://h/v1/embeddings", "/embeddings") == "https://h/v1/embeddings");
  CHECK(extend_url("https://h/v1?version=2", "/embeddings") == "https://h/v1/embeddings?version=2");
  CHECK_FALSE(has_path("http://h:1/"));
  CHECK(has_path("http://h:1/v1"));
}
