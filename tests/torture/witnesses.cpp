#include "witnesses.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "db/statement.hpp"
#include "desk.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::torture {

namespace {

/// The consumer's connection while its batch is between reading and storing; each consumer is a thread.
thread_local pg_conn* consumer_connection = nullptr;

class WitnessedFetcher final : public SourceFetcher {
 public:
  explicit WitnessedFetcher(const EvidenceLog& log) : log_(log) {}

  [[nodiscard]] std::vector<Document> fetch(pg_conn* connection, const Uuid& organization_id,
                                            std::string_view source_type,
                                            std::span<const Uuid> source_ids) const override {
    const pg::Result claims =
        pg::execute(connection,
                    "SELECT source_id, id, token FROM rag_index_queue WHERE "
                    "organization_id = $1 AND source_type = $2 AND source_id = ANY "
                    "($3) AND status = 'running'",
                    pg::Params().add(organization_id).add(source_type).add_array(source_ids));
    for (int row = 0; row < claims.rows(); ++row) {
      const SourceKey source{.organization_id = organization_id,
                             .source_type = std::string(source_type),
                             .source_id = claims.get<Uuid>(row, 0)};
      log_.write(fmt::format("read {} {} {}", word_of(source), claims.get<Uuid>(row, 1).to_string(),
                             claims.get<std::int64_t>(row, 2)));
    }
    consumer_connection = connection;
    return inner_->fetch(connection, organization_id, source_type, source_ids);
  }

 private:
  const EvidenceLog& log_;
  std::shared_ptr<const SourceFetcher> inner_ = make_fetcher();
};

class WitnessedStore final : public IndexStore {
 public:
  explicit WitnessedStore(const EvidenceLog& log) : log_(log) {}

  void apply(pg_conn* transaction, std::span<const IndexedDocument> upserts,
             std::span<const SourceKey> removals) const override {
    consumer_connection = nullptr;
    std::vector<SourceKey> sources(removals.begin(), removals.end());
    for (const IndexedDocument& indexed : upserts) sources.push_back(indexed.document.source);
    for (const SourceKey& source : sources) log_.write(store_of(transaction, source));
    inner_->apply(transaction, upserts, removals);
    for (const SourceKey& source : sources) log_.write("stored " + word_of(source));
  }

 private:
  /// With the running job whose claim this very transaction has locked.
  [[nodiscard]] static std::string store_of(pg_conn* transaction, const SourceKey& source) {
    const pg::Result row = pg::execute(
        transaction,
        "SELECT pg_current_xact_id()::text, extract(epoch FROM pg_postmaster_start_time())::text, (SELECT "
        "string_agg(id::text, ',') FROM rag_index_queue WHERE organization_id = $1 AND source_type = $2 AND "
        "source_id = $3 AND status = 'running' AND xmax = pg_current_xact_id()::xid)",
        pg::Params().add(source.organization_id).add(source.source_type).add(source.source_id));
    return fmt::format("store {} {} {} {}", word_of(source), row.maybe<std::string>(0, 2).value_or("-"),
                       row.get<std::string>(0, 0), row.get<std::string>(0, 1));
  }

  const EvidenceLog& log_;
  std::shared_ptr<const IndexStore> inner_ = make_postgres_index_store();
};

class Faults {
 public:
  Faults(const EvidenceLog& log, const Weather& weather, std::uint64_t seed)
      : log_(log), weather_(weather), random_(seed) {}

  void before_call(std::span<const std::string_view> texts) {
    lying() = 0;
    log_.write("embed");
    check_no_transaction();
    if (weather_.outage) throw Error(Fault::outage, "503 the embedder is out");
    if (one_in_hundred(weather_.busy_percent)) throw Error(Fault::outage, "429 the embedder is busy");
    for (const std::string_view text : texts) {
      if (text.find(flaky_word) == std::string_view::npos || !one_in_hundred(weather_.lies_percent)) continue;
      lying() = pick(1, 3);
      if (lying() == 3) throw Error(Fault::job, "the reply is half a reply");
    }
  }

  void during_call(const std::stop_token& stop) {
    const int longest = weather_.slow_ms;
    if (longest <= 0) return;
    const std::chrono::milliseconds pause(pick(0, longest));
    if (one_in_hundred(10)) return std::this_thread::sleep_for(pause);  // deaf to the stop
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, pause, [] { return false; });
    if (stop.stop_requested()) throw Error(Fault::outage, "the call was stopped");
  }

  void after_text(std::string_view text, std::span<float> vector) const {
    check_no_transaction();
    if (lying() == 0 || text.find(flaky_word) == std::string_view::npos) return;
    std::ranges::fill(vector, lying() == 1 ? 0.0F : std::numeric_limits<float>::quiet_NaN());
  }

 private:
  static int& lying() {
    thread_local int kind = 0;  // 1 zeros, 2 no numbers, 3 an error
    return kind;
  }

  void check_no_transaction() const {
    if (consumer_connection != nullptr && pg::in_transaction(consumer_connection)) {
      log_.write("violation: a transaction is open while the embedder works");
    }
  }

  int pick(int least, int most) {
    const std::scoped_lock lock(mutex_);
    return std::uniform_int_distribution<>(least, most)(random_);
  }
  bool one_in_hundred(int times) { return times > 0 && pick(1, 100) <= times; }

  const EvidenceLog& log_;
  const Weather& weather_;
  std::mutex mutex_;
  std::mt19937_64 random_;
};

}  // namespace

Pipeline make_witnessed_pipeline(const EvidenceLog& log, const Weather& weather, std::uint64_t seed) {
  auto faults = std::make_shared<Faults>(log, weather, seed);
  auto embedder = make_embedder();
  embedder->before_call = [faults](std::span<const std::string_view> texts) {
    // The worker's own question whether the embedder is back belongs to no batch.
    if (texts.size() == 1 && texts.front() == "ping") consumer_connection = nullptr;
    faults->before_call(texts);
  };
  embedder->during_call = [faults](const std::stop_token& stop) { faults->during_call(stop); };
  embedder->after_text = [faults](std::string_view text, std::span<float> vector) {
    faults->after_text(text, vector);
  };
  return {.sources = std::make_shared<WitnessedFetcher>(log),
          .chunker = make_text_chunker(),
          .embedder = embedder,
          .store = std::make_shared<WitnessedStore>(log)};
}

}  // namespace ragqueue::torture
