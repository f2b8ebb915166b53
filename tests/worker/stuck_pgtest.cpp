// Extension points and logs that throw what they like, or never return.

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "helpdesk.hpp"
#include "recorded_log.hpp"
#include "support/eventually.hpp"
#include "worker/call_watch.hpp"
#include "worker/log_queue.hpp"
#include "worker/shared_state.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using testing::eventually;
using testing::Helpdesk;
using testing::uuid;

namespace {

/// What a test that must end leaves to calls that do not: they own it.
struct Gate {
  std::promise<void> entered{};
  std::promise<void> opened{};
  std::shared_future<void> open{opened.get_future()};
  std::atomic<bool> left = false;

  void pass() {
    entered.set_value();
    open.wait();
    left = true;
  }
};

class StuckFetcher final : public SourceFetcher {
 public:
  explicit StuckFetcher(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  [[nodiscard]] std::vector<Document> fetch(pg_conn* /*connection*/, const Uuid& /*organization*/,
                                            std::string_view /*type*/,
                                            std::span<const Uuid> /*ids*/) const override {
    gate_->pass();
    return {};
  }

 private:
  std::shared_ptr<Gate> gate_;
};

class StuckChunker final : public Chunker {
 public:
  explicit StuckChunker(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  [[nodiscard]] std::vector<Chunk> split(const Document& document, const Embedder& embedder) const override {
    gate_->pass();
    return make_text_chunker()->split(document, embedder);
  }

 private:
  std::shared_ptr<Gate> gate_;
};

class StuckStore final : public IndexStore {
 public:
  explicit StuckStore(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  void apply(pg_conn* /*transaction*/, std::span<const IndexedDocument> /*upserts*/,
             std::span<const SourceKey> /*removals*/) const override {
    gate_->pass();
  }

 private:
  std::shared_ptr<Gate> gate_;
};

const CallWatch::Clock::time_point start{};

}  // namespace

TEST_CASE("a call that does not return is told each minute, with what it is for and since when",
          "[stuck][promise-12]") {
  CallWatch watch(2, 1min);
  const SourceKey source{.organization_id = uuid(1), .source_type = "ticket", .source_id = uuid(7)};
  watch.begin(1, "chunker", source, start);
  CHECK(watch.overdue(start + 59s).empty());
  const auto told = watch.overdue(start + 60s);
  REQUIRE(told.size() == 1);
  CHECK_THAT(told.front(), ContainsSubstring("chunker") && ContainsSubstring("60 s") &&
                               ContainsSubstring("ticket '" + uuid(7).to_string()));
  CHECK(watch.overdue(start + 119s).empty());
  CHECK(watch.overdue(start + 120s).size() == 1);
  CHECK_FALSE(watch.describe(0, start));
  watch.end(1);
  CHECK(watch.overdue(start + 500s).empty());
}

TEST_CASE("a question to an embedder that was down is told as well when it does not return",
          "[stuck][promise-12]") {
  CallWatch watch(1, 1min);
  watch.begin(0, "embedder", std::nullopt, start);
  CHECK(watch.overdue(start + 61s).at(0) ==
        "the embedder has not returned for 61 s, asked whether it works again");
}

TEST_CASE_METHOD(Helpdesk, "a worker stops though an embedder that was down never returns when asked again",
                 "[stuck][promise-12]") {
  const auto gate = std::make_shared<Gate>();
  embedder->before_call = [gate, calls = std::make_shared<std::atomic<int>>(0)](auto) {
    if ((*calls)++ == 0) throw Error(Fault::outage, "it is down");
    gate->pass();
  };
  write(1, "Printer", "jam");
  testing::RecordedLog log;
  WorkerOptions brief = options();
  brief.drain = false;
  brief.concurrency = 1;
  brief.grace = 1ms;
  brief.log = log.log();
  {
    Worker worker(pipeline, brief);
    worker.start();
    gate->entered.get_future().wait();
    worker.stop();
  }
  CHECK(log.count("stopped without a consumer: the embedder has not returned") == 1);
  CHECK(statuses() == "pending");
  gate->opened.set_value();
  eventually("the call returns", [&] { return gate->left.load(); });
}

TEST_CASE_METHOD(Helpdesk, "a worker tells of a call that does not return", "[stuck][promise-12]") {
  testing::RecordedLog log;
  WorkerOptions logged = options();
  logged.log = log.log();
  SharedState state(pipeline, logged, 10ms);
  state.renew_lease(1, SharedState::Clock::now() + 1h);
  const std::size_t consumer = state.consumer_started();
  state.calls.begin(consumer, "embedder", testing::ticket(3).source, SharedState::Clock::now());
  std::thread watch([&] { CHECK(state.watch_lease().empty()); });
  log.wait_for("the embedder has not returned", 2);
  state.consumer_ended(consumer);
  watch.join();
}

TEST_CASE("a worker stops though an extension point never returns, and others take its job over",
          "[stuck][promise-12]") {
  const std::string which = GENERATE("fetcher", "chunker", "embedder", "store");
  CAPTURE(which);
  Helpdesk desk;
  const auto gate = std::make_shared<Gate>();
  const Pipeline sound = desk.pipeline;
  if (which == "fetcher") desk.pipeline.sources = std::make_shared<StuckFetcher>(gate);
  if (which == "chunker") desk.pipeline.chunker = std::make_shared<StuckChunker>(gate);
  if (which == "store") desk.pipeline.store = std::make_shared<StuckStore>(gate);
  if (which == "embedder") {
    const auto embedder = std::make_shared<testing::WordEmbedder>();
    embedder->before_call = [gate](auto) { gate->pass(); };
    desk.pipeline.embedder = embedder;
  }
  desk.write(1, "Printer", "jam");
  testing::RecordedLog log;
  WorkerOptions brief = desk.options();
  brief.drain = false;
  brief.concurrency = 1;
  brief.grace = 1ms;
  brief.log = log.log();
  {
    Worker worker(desk.pipeline, brief);
    worker.start();
    gate->entered.get_future().wait();
    worker.stop();
    CHECK_FALSE(worker.running());
  }
  CHECK(log.count("stopped without a consumer") == 1);
  CHECK(desk.statuses() == "pending");
  gate->opened.set_value();  // what was left behind goes on, and may harm nothing
  eventually("the call returns", [&] { return gate->left.load(); });
  desk.pipeline = sound;
  CHECK(desk.drain().done == 1);
  CHECK(desk.index() == "Printer:jam");
  eventually("its session ends", [&] {
    return desk.database.number(
               "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ragqueue' AND pid <> "
               "pg_backend_pid()") == 0;
  });
}

TEST_CASE_METHOD(Helpdesk, "a log that throws what it likes ends nothing", "[stuck][promise-12]") {
  const bool is_exception = GENERATE(true, false);
  write(1, "Printer", "jam");
  WorkerOptions loud = options();
  loud.log = [&](const LogEntry& /*entry*/) {
    if (is_exception) throw std::runtime_error("the disk is full");
    throw 42;
  };
  CHECK(drain(loud).done == 1);
}

TEST_CASE_METHOD(Helpdesk, "a log that never returns holds up neither the jobs nor stopping",
                 "[stuck][promise-12]") {
  const auto gate = std::make_shared<Gate>();
  write(1, "Printer", "jam");
  WorkerOptions mute = options();
  mute.log = [gate, calls = std::make_shared<std::atomic<int>>(0)](const LogEntry& /*entry*/) {
    if ((*calls)++ == 0) gate->pass();
  };
  CHECK(drain(mute).done == 1);
  gate->opened.set_value();
  eventually("the log returns", [&] { return gate->left.load(); });
}

TEST_CASE("what a log takes too slowly is dropped and counted, and what fits is told in order",
          "[stuck][promise-12]") {
  const auto gate = std::make_shared<Gate>();
  testing::RecordedLog log;
  {
    LogQueue queue([gate, told = log.log(), first = true](const LogEntry& entry) mutable {
      if (std::exchange(first, false)) gate->pass();
      told(entry);
    });
    const Log entrance = queue.entrance();
    entrance({.level = LogLevel::info, .message = "first", .fields = {}});
    gate->entered.get_future().wait();
    for (int line = 0; line < 10'001; ++line)
      entrance({.level = LogLevel::info, .message = "next", .fields = {}});
    gate->opened.set_value();
  }
  CHECK(log.count("next") == 10'000);
  CHECK(log.count("1 lines of the log were dropped") == 1);
}

TEST_CASE_METHOD(Helpdesk, "an embedder that throws what is no exception ends no thread",
                 "[stuck][promise-12]") {
  std::atomic<int> calls = 0;
  embedder->before_call = [&](auto) {
    if (++calls <= 2) throw 42;
  };
  write(1, "Printer", "jam");
  (void)drain();
  CHECK(database.number("SELECT count(*) FROM rag_index_queue WHERE status IN ('pending', 'running')") == 0);
}
