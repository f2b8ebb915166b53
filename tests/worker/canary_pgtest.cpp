// Another model under the same name.

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "helpdesk.hpp"
#include "ragqueue/canaries.hpp"
#include "ragqueue/error.hpp"
#include "recorded_log.hpp"

using namespace ragqueue;
using namespace ragqueue::testing;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The embedder of a helpdesk, in whose place another model can be put: its vectors are turned around.
class Exchangeable final : public Embedder {
 public:
  explicit Exchangeable(std::shared_ptr<const Embedder> first) : first_(std::move(first)) {}

  [[nodiscard]] std::string_view name() const override { return first_->name(); }
  [[nodiscard]] std::size_t dimension() const override { return first_->dimension(); }
  [[nodiscard]] EmbedderLimits limits() const override { return first_->limits(); }
  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override {
    return first_->count_tokens(text);
  }
  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> texts, Purpose purpose,
                                                std::span<float> vectors,
                                                const std::stop_token& stop) const override {
    auto rejected = first_->embed(texts, purpose, vectors, stop);
    for (float& value : vectors) value *= other ? -1.0F : 1.0F;
    return rejected;
  }

  std::atomic<bool> other = false;

 private:
  std::shared_ptr<const Embedder> first_;
};

}  // namespace

TEST_CASE("another model under the same name stores nothing, and the cure is named", "[canary]") {
  Helpdesk desk;
  const auto model = std::make_shared<Exchangeable>(desk.pipeline.embedder);
  desk.pipeline.embedder = model;
  store_canaries(desk.database.get(), *model);
  desk.write(1, "printer", "it is stuck");
  CHECK(desk.drain().done == 1);
  model->other = true;
  desk.write(2, "printer", "it is on fire");
  RecordedLog log;
  WorkerOptions options = desk.options();
  options.log = log.log();
  Worker worker(desk.pipeline, options);
  worker.start();
  log.wait_for("another model has the name");
  while (desk.database.text("SELECT status || attempts FROM rag_index_queue WHERE status <> 'done'") !=
         "pending0")
    continue;
  CHECK(desk.database.number("SELECT count(*) FROM rag_chunks") == 1);
  CHECK_THAT(log.text(), ContainsSubstring("rag_worker init --rebuild-index"));
  model->other = false;  // the server serves the old one again
  worker.wait();
  CHECK(worker.counters().done == 1);
}

TEST_CASE("the texts that tell a model by are stored once, and stay with the binding", "[canary]") {
  Helpdesk desk;
  CHECK_FALSE(stored_canaries(desk.database.get()));
  store_canaries(desk.database.get(), *desk.pipeline.embedder);
  const auto stored = stored_canaries(desk.database.get());
  REQUIRE(stored);
  CHECK(stored->texts.size() == stored->vectors.size());
  CHECK(stored->vectors.front().size() == desk.pipeline.embedder->dimension());
  CHECK_NOTHROW(check_canaries(*stored, *desk.pipeline.embedder));
  const auto other = std::make_shared<Exchangeable>(desk.pipeline.embedder);
  other->other = true;
  store_canaries(desk.database.get(), *other);
  CHECK(stored_canaries(desk.database.get())->vectors == stored->vectors);
  try {
    check_canaries(*stored, *other);
    FAIL("not told");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::setup);
  }
}
