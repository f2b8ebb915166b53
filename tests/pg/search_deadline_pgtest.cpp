// A search in a request handler: whatever the embedder does, it returns by its deadline, from words alone,
// and says so.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <stop_token>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/http_embedder.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"
#include "support/eventually.hpp"
#include "support/searchable.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using testing::FakeEmbeddingServer;
using testing::Searchable;
using testing::ServerFault;
using testing::WordEmbedder;

namespace {

struct Desk : Searchable {
  Desk() { store(1, 1, {"printer paper jam"}); }

  [[nodiscard]] SearchReply ask(const std::shared_ptr<const Embedder>& embedder,
                                const QuestionOptions& options) const {
    return search(database.get(), embedder, query(SearchMode::fused, "paper jam"), options);
  }
  void finds_by_words(const SearchReply& reply, const std::string& reason) const {
    CHECK(reply.hits.size() == 1);
    CHECK_THAT(reply.words_alone, ContainsSubstring(reason));
  }
};

struct FakeDesk : Desk {
  FakeEmbeddingServer server{{.dimension = WordEmbedder::dimensions}};
  std::shared_ptr<const Embedder> embedder =
      ollama_embedder({.url = server.url(), .model = "fake-embed", .dimension = WordEmbedder::dimensions});
};

}  // namespace

TEST_CASE_METHOD(Desk, "an embedder that answers takes part") {
  const SearchReply reply = ask(std::make_shared<WordEmbedder>(), {.deadline = 1min});
  CHECK(reply.words_alone.empty());
  REQUIRE(reply.hits.size() == 1);
  CHECK(reply.hits.front().by_vector);
}

TEST_CASE_METHOD(Desk, "an embedder that never returns, and heeds no stop, is left behind") {
  std::promise<void> end;
  const auto ended = end.get_future().share();
  std::promise<void> gone;
  auto embedder = std::make_shared<WordEmbedder>();
  embedder->during_call = [ended](const std::stop_token&) { ended.wait(); };
  embedder->after_text = [&](std::string_view, std::span<float>) { gone.set_value(); };
  const std::weak_ptr<const Embedder> kept = embedder;
  finds_by_words(ask(embedder, {.deadline = 50ms}), "did not answer within 50 ms");
  embedder.reset();
  CHECK_FALSE(kept.expired());  // the thread that is left behind still uses it
  end.set_value();
  gone.get_future().wait();
}

TEST_CASE_METHOD(Desk, "embedders that never return cost no more than a bounded number of threads") {
  std::promise<void> end;
  const auto ended = end.get_future().share();
  auto embedder = std::make_shared<WordEmbedder>();
  auto calls = std::make_shared<std::atomic<int>>(0), returned = std::make_shared<std::atomic<int>>(0);
  embedder->during_call = [ended, calls](const std::stop_token&) {
    ++*calls;
    ended.wait();
  };
  embedder->after_text = [returned](std::string_view, std::span<float>) {
    ++*returned;
    returned->notify_all();
  };
  for (int question = 0; question < 70; ++question) finds_by_words(ask(embedder, {.deadline = 1ms}), "");
  finds_by_words(ask(embedder, {.deadline = 1ms}), "earlier calls of the embedder have not returned");
  end.set_value();
  for (int seen = *returned; seen < 64; seen = *returned) returned->wait(seen);
  CHECK(*calls == 64);
  const auto other = std::make_shared<WordEmbedder>();
  testing::eventually("an answer", [&] { return ask(other, {.deadline = 1min}).words_alone.empty(); });
}

TEST_CASE_METHOD(FakeDesk, "an embedder whose server hangs, is down or is out of capacity") {
  const QuestionOptions options{.deadline = 200ms};
  SECTION("hangs") {
    server.set_faults([](const auto&) { return ServerFault{.kind = ServerFault::Kind::held}; });
    finds_by_words(ask(embedder, options), "did not answer within 200 ms");
    server.release();
  }
  SECTION("down") {
    server.go_down();
    finds_by_words(ask(embedder, options), "");
  }
  SECTION("429") {
    server.set_faults([](const auto&) {
      return ServerFault{.status = 429, .headers = {{"Retry-After", "3600"}}};
    });
    finds_by_words(ask(embedder, options), "");
  }
  SECTION("429, with a patience longer than the deadline") {
    server.set_faults([](const auto&) {
      return ServerFault{.status = 429, .headers = {{"Retry-After", "20"}}};
    });
    finds_by_words(ask(embedder, options), "did not answer within 200 ms");
  }
}

TEST_CASE_METHOD(Desk, "who wants meaning, or nothing, is told of the outage") {
  auto embedder = std::make_shared<WordEmbedder>();
  embedder->before_call = [](auto) { throw Error(Fault::outage, "down"); };
  CHECK_THROWS_AS(ask(embedder, {.fall_back_to_words = false}), Error);
  CHECK_THROWS_AS(search(database.get(), std::shared_ptr<const Embedder>(embedder),
                         query(SearchMode::vector, "paper jam")),
                  Error);
}

TEST_CASE_METHOD(Desk, "a caller that stops does not wait for the embedder") {
  std::promise<void> end;
  const auto ended = end.get_future().share();
  std::promise<void> gone;
  auto embedder = std::make_shared<WordEmbedder>();
  std::stop_source stop;
  embedder->during_call = [ended, &stop](const std::stop_token&) {
    stop.request_stop();
    ended.wait();
  };
  embedder->after_text = [&](std::string_view, std::span<float>) { gone.set_value(); };
  CHECK_THROWS_AS(ask(embedder, {.deadline = 1h, .read = {.stop = stop.get_token()}}), Error);
  end.set_value();
  gone.get_future().wait();
}
