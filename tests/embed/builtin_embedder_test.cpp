#include "ragqueue/builtin_embedder.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "embed/model/thread_budget.hpp"
#include "golden.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;
using Catch::Matchers::ContainsSubstring;
using Texts = std::vector<std::string_view>;

namespace {

std::vector<float> embed(const Embedder& embedder, const Texts& texts) {
  std::vector<float> vectors(texts.size() * embedder.dimension());
  const auto rejected = embedder.embed(texts, Purpose::document, vectors, {});
  REQUIRE(rejected.empty());
  return vectors;
}

std::vector<std::string> passages(std::size_t count) {
  static const std::vector<std::string> words = {"printer", "paper", "is",      "stuck", "the",  "a",
                                                 "café",    "VPN",   "login\n", "打印",  "0x80", "!",
                                                 "and",     "of",    "x",       "error"};
  std::mt19937 random(7);
  std::vector<std::string> texts(count);
  for (std::string& text : texts) {
    for (std::size_t left = 1 + random() % 90; left > 0; --left) text += words[random() % words.size()] + ' ';
    text += "end";  // so that the model knows a part of each
  }
  return texts;
}

}  // namespace

TEST_CASE("the built-in model says what it is") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  CHECK(embedder->name() == "use-lite-en");
  CHECK(embedder->dimension() == 512);
  CHECK(embedder->limits().max_tokens == 128);
  CHECK(embedder->limits().max_texts == 256);
}

TEST_CASE("texts within 128 tokens get the original's vectors") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  for (const Golden& golden : read_golden()) {
    const bool same_input = golden.text.find_first_of("\n\t") == std::string::npos &&
                            golden.text.find("  ") == std::string::npos &&
                            embedder->count_tokens(golden.text) <= 128 && embedder->knows(golden.text);
    if (!same_input) continue;
    CAPTURE(golden.text);
    CHECK(cosine(embed(*embedder, {golden.text}), golden.embedding) >= 0.999);
  }
}

TEST_CASE("near meanings are near") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  const auto question = embed(*embedder, {"printer paper is stuck"});
  const auto jam = embed(*embedder, {"Clearing a paper jam"});
  const auto revenue = embed(*embedder, {"Quarterly revenue grew by 12 percent"});
  CHECK(cosine(question, jam) > cosine(question, revenue) + 0.1);
}

TEST_CASE("white space at the ends, and its kind and amount, change nothing") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  const auto plain = embed(*embedder, {"the printer is on floor three"});
  const std::string_view other =
      GENERATE(" the printer is on  floor three\n", "the\tprinter\r\nis on\n\n floor three",
               "the printer\u00A0is on\u3000floor three");
  CAPTURE(other);
  CHECK(embed(*embedder, {other}) == plain);
}

TEST_CASE("a batch gives each text the vector that it has alone") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  const std::vector<std::string> texts = passages(60);
  const auto together = embed(*embedder, Texts(texts.begin(), texts.end()));
  for (std::size_t index = 0; index < texts.size(); ++index) {
    CAPTURE(texts[index]);
    CHECK(largest_difference(embed(*embedder, {texts[index]}),
                             std::span(together).subspan(index * 512, 512)) < 1e-5);
  }
}

TEST_CASE("no text is cut: a long one is the mean of its windows, by tokens") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  std::string sentence = "The backup job failed again last night because the disk was full.";
  const auto repeat = [](const std::string& text, int times) {
    std::string repeated;
    for (int time = 0; time < times; ++time) repeated += text + ' ';
    return repeated;
  };
  REQUIRE(embedder->count_tokens(sentence) == 15);
  const std::string half = repeat(sentence, 8);
  REQUIRE(embedder->count_tokens(half) == 120);

  SECTION("equal windows") {
    CHECK(largest_difference(embed(*embedder, {half + half}), embed(*embedder, {half})) < 1e-5);
  }
  SECTION("the end counts as much as the start") {
    const std::string other = repeat("Quarterly revenue grew by 12 percent in the north.", 10);
    const auto first = embed(*embedder, {half});
    const auto both = embed(*embedder, {half + other});
    const auto last = embed(*embedder, {other});
    CHECK(cosine(both, last) > cosine(first, last) + 0.1);
    CHECK(cosine(both, first) > cosine(first, last) + 0.1);
  }
  SECTION("norm stays 1") {
    const auto vector = embed(*embedder, {repeat(sentence, 1000)});
    double squares = 0;
    for (const float value : vector) squares += double{value} * double{value};
    CHECK(std::abs(squares - 1) < 1e-5);
  }
}

TEST_CASE("a text that cannot be embedded is refused, by its position, and its neighbours are not") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  const auto [text, message] = GENERATE(table<std::string_view, std::string>({
      {"", "nothing but white space"},
      {" \n\t\u00A0\u200B", "nothing but white space"},
      {"not \xFF utf-8", "not UTF-8 at byte 4"},
      {"cut \xE2\x82", "not UTF-8 at byte 4"},
  }));
  CAPTURE(text);
  std::vector<float> vectors(3 * embedder->dimension());
  const auto rejected = embedder->embed(Texts{"fine", text, "fine"}, Purpose::document, vectors, {});
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].index == 1);
  CHECK(rejected[0].reason == message);
  const auto alone = embed(*embedder, {"fine"});
  CHECK(largest_difference(std::span(vectors).first(512), alone) < 1e-5);
  CHECK(largest_difference(std::span(vectors).last(512), alone) < 1e-5);
}

TEST_CASE("a call that does not fit the contract is refused") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  CHECK_THROWS_AS(embed(*embedder, Texts(257, "text")), InvalidInput);
  std::vector<float> short_by_one(511);
  const Texts texts{"text"};
  CHECK_THROWS_AS((void)embedder->embed(texts, Purpose::document, short_by_one, {}), InvalidInput);
  CHECK(embed(*embedder, {}).empty());
}

TEST_CASE("a file is loaded once, for as long as somebody uses it") {
  const auto first = builtin_embedder(EMBED_MODEL_FILE);
  CHECK(builtin_embedder(EMBED_MODEL_FILE) == first);
  const auto same_file = std::filesystem::path(EMBED_MODEL_FILE).parent_path() / "." / "use-lite-en.ragq";
  CHECK(builtin_embedder(same_file) == first);
}

TEST_CASE("many threads may share one embedder") {
  const std::vector<std::string> texts = passages(12);
  const Texts views(texts.begin(), texts.end());
  const auto wanted = embed(*builtin_embedder(EMBED_MODEL_FILE), views);
  std::vector<std::vector<float>> got(8);
  {
    std::vector<std::jthread> threads;
    for (auto& vectors : got) {
      threads.emplace_back([&] { vectors = embed(*builtin_embedder(EMBED_MODEL_FILE), views); });
    }
  }
  for (const auto& vectors : got) CHECK(vectors == wanted);
}

TEST_CASE("threads share a call's texts, and change nothing") {
  const std::vector<std::string> texts = passages(100);
  const Texts views(texts.begin(), texts.end());
  const auto wanted = embed(*builtin_embedder(EMBED_MODEL_FILE), views);
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE, 3);
  CHECK(embedder != builtin_embedder(EMBED_MODEL_FILE));
  std::vector<std::vector<float>> got(4);
  {
    std::vector<std::jthread> callers;
    for (auto& vectors : got) callers.emplace_back([&] { vectors = embed(*embedder, views); });
  }
  for (const auto& vectors : got) CHECK(vectors == wanted);
}

TEST_CASE("threads help a caller while they are not wanted for others") {
  ThreadBudget budget(3);
  const auto threads_of = [&](std::size_t parts) {
    std::atomic<std::size_t> count = 0;
    budget.run(parts, [&] { ++count; });
    return count.load();
  };
  CHECK(threads_of(0) == 1);
  CHECK(threads_of(2) == 2);
  CHECK(threads_of(9) == 3);
  std::atomic<std::size_t> beside = 0;
  budget.run(1, [&] { beside = threads_of(9); });
  CHECK(beside == 2);
  budget.run(9, [&, once = std::make_shared<std::once_flag>()] {
    std::call_once(*once, [&] { beside = threads_of(9); });
  });
  CHECK(beside == 1);
  CHECK_THROWS_AS(budget.run(9, [] { throw std::runtime_error("one"); }), std::runtime_error);
  CHECK(threads_of(9) == 3);
}

TEST_CASE("tokens are counted as they are embedded") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  CHECK(embedder->count_tokens("") == 0);
  CHECK(embedder->count_tokens(" \n ") == 0);
  CHECK(embedder->count_tokens("hello") == 2);
  CHECK(embedder->count_tokens("\thello\n\nhello ") == 4);
  CHECK(embedder->count_tokens("打印机卡纸") == 2);
  CHECK(embedder->count_tokens("broken \xFF") > 0);
}

TEST_CASE("the built-in model says which texts it does not know, and makes no vector of them") {
  const auto embedder = builtin_embedder(EMBED_MODEL_FILE);
  for (const std::string_view text : {"忘记密码时请联系服务台重置账户。", "食堂周一提供牛肉面和蔬菜，欢迎！",
                                      "パスワードを忘れた場合は", "ลืมรหัสผ่าน กรุณาติดต่อ", "🙂🙃 🎉"}) {
    CAPTURE(text);
    CHECK_FALSE(embedder->knows(text));
    std::vector<float> vector(embedder->dimension());
    const auto rejected = embedder->embed(Texts{text}, Purpose::document, vector, {});
    REQUIRE(rejected.size() == 1);
    CHECK_THAT(rejected[0].reason, ContainsSubstring("knows none of its pieces"));
  }
  for (const std::string_view text : {"The printer is stuck.", "Die Häuser am Hafen", "Café 7",
                                      "VPN 无法连接", "2024-05-01", "!", "¿Qué?"}) {
    CAPTURE(text);
    CHECK(embedder->knows(text));
  }
}
