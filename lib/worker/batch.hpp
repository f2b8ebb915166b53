#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/cancel_on_stop.hpp"
#include "db/session_state.hpp"
#include "db/statement.hpp"
#include "ragqueue/process.hpp"
#include "worker/extension_call.hpp"

namespace ragqueue {

/// Thrown by a step when the caller wants its jobs back. No std::exception: nothing but process() may take it
/// for a failure.
struct Cancelled {};

/// An outage or set-up fault of the embedder's.
struct EmbedderDown {
  Error error;
  std::chrono::milliseconds retry_after{0};  ///< That the embedder asked for.
};

/// Claimed jobs on their way through the pipeline. Each step takes those still under way; a job that fails is
/// set aside with its reason, and the rest go on. Outages and set-up faults leave a step as exceptions.
class Batch {
 public:
  Batch(pg_conn* connection, const Pipeline& pipeline, std::span<const Job> jobs,
        const ProcessOptions& options);

  /// From here on what the database executes for the batch is cancelled once stop is requested.
  void begin_interruptible();
  void end_interruptible() { cancel_on_stop_.reset(); }

  void fetch();
  void extract();
  void split();
  /// Asks the store which of the chunks it can keep.
  void find_reusable_chunks();
  void embed();
  /// Stores and acknowledges what has come this far, in one transaction.
  void store();

  /// Records the failures, gives back what is neither stored nor failed, and counts what became of all.
  void finish(BatchResult& result);
  /// Tells ProcessOptions::on_job of each, once finished.
  void report(const BatchResult& result) const;

 private:
  enum class State {
    active,
    stored,
    failed,
    lost,
    waiting,  ///< To be given back unspent, as its source type cannot be read now, or the embedder left it
              ///< open.
  };
  struct Item {
    Job job;
    bool removal = false;  ///< The source is gone, or its removal was asked for.
    IndexedDocument indexed;
    bool fetched = false;
    bool embedded = false;
    std::vector<bool> filled{};                     ///< Which chunks have their vector.
    std::map<std::size_t, std::string> too_long{};  ///< Chunks that the embedder found so, and its words.
    bool served = false;                            ///< The embedder had a vector for one of its texts.
    bool not_served = false;     ///< It failed at one of its texts, without saying what is wrong with it.
    std::vector<Uuid> stored{};  ///< Hashes of the chunks that the store can keep.
    State state = State::active;
    std::size_t chunks = 0, texts_embedded = 0, tokens = 0;  ///< For its report.
  };
  struct Place {
    Item* item;
    std::size_t chunk;
  };
  /// One text that is embedded once for all the places where it stands.
  struct Text {
    std::vector<Place> places;
  };

  /// A call of an extension point, from here to the end of its life. Throws Cancelled.
  class Call {
   public:
    Call(const Batch& batch, std::string_view extension_point, const Job& job) : batch_(batch) {
      batch.check_cancelled();
      if (batch.options_.on_call) batch.options_.on_call(extension_point, &job);
    }
    ~Call() {
      if (batch_.options_.on_call) batch_.options_.on_call({}, nullptr);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    const Batch& batch_;
  };

  void check_cancelled() const;
  /// A step that fails once it was interrupted has not failed by itself.
  template <class Step>
  void heed_stop(const Step& step) const {
    try {
      step();
    } catch (const std::exception&) {
      check_cancelled();
      throw;
    }
  }
  [[nodiscard]] std::vector<Item*> active();
  /// What is not embedded yet.
  [[nodiscard]] std::vector<Text> texts();
  void fail(Item& item, std::string_view message, bool permanent);
  /// For bisect(): the failure of one item, in which `who` is named.
  [[nodiscard]] auto blame(std::string_view who) {
    return [this, who](Item* item, std::string_view message, bool permanent) {
      fail(*item, std::string(who) + ": " + std::string(message), permanent);
    };
  }
  /// Calls an extension point, for this and perhaps more jobs. Throws Cancelled, and else nothing but Error.
  template <class Work>
  auto call(std::string_view extension_point, const Job& job, const Work& work) -> decltype(work()) {
    const Call under_way(*this, extension_point, job);
    return call_extension(work);
  }
  /// Calls an extension point with the idle connection, and looks right behind at how it left that.
  template <class Work>
  auto call_with_connection(std::string_view extension_point, const Job& job, const Work& work) {
    if (!session_) session_ = pg::read_session(connection_);
    try {
      auto result = call(extension_point, job, work);
      require_untouched();
      return result;
    } catch (const Error& error) {
      blame_for_change(error);
      throw;
    }
  }
  /// Throws Error when an extension point left the idle connection otherwise than it found it.
  void require_untouched();
  /// The same where it failed as well. In any case the connection is fit for use again.
  void blame_for_change(const Error& met);
  void replace_spoiled_connection();

  void fetch_type(const std::string& source_type, std::span<Item* const> group);
  /// What one type's questions found out.
  struct TypeState {
    bool read = false;                                ///< One of them was answered.
    std::vector<std::pair<Item*, Error>> doubtful{};  ///< Alone, they failed as if all of the type would.
  };
  void fetch_part(std::span<Item* const> part, TypeState& state);
  void fetch_group(std::span<Item* const> group);
  [[nodiscard]] bool is_waiting(std::string_view source_type) const;
  void split_item(Item& item);
  [[nodiscard]] std::vector<Chunk> split_document(const Item& item, const Document& document,
                                                  std::size_t max_tokens);
  void split_long_chunks();
  void split_long_chunks(Item& item);
  [[nodiscard]] std::vector<Chunk> halve(const Item& item, const Chunk& chunk);
  void find_reusable_group(std::span<Item* const> group);
  void mark_reused(Item& item) const;
  /// Whether the place still waits for its vector.
  [[nodiscard]] static bool is_open(const Place& place);
  void embed_call(std::span<const Text> call);
  void fill(const Text& text, std::span<const float> vector);
  void reject(const Place& place, const RejectedText& rejected);
  /// Of which organizations the embedder served a text, and of which it failed at all it came to.
  void tell_served(BatchResult& result) const;
  void store_items(std::span<Item* const> items);
  void store_once(std::span<Item* const> items);
  /// Throws Error, too, when the store did to the transaction what it must not.
  void apply(std::span<const IndexedDocument> upserts, std::span<const SourceKey> removals,
             const Job& first_job, const pg::SessionState& session);
  static void count(Item& item);
  void drop_lost(std::span<Item* const> items);
  [[nodiscard]] bool replace_lost_connection();
  /// After a store whose connection was lost: it is stored, or the claim holds, or it is lost.
  void resolve(std::span<Item* const> items);
  [[nodiscard]] bool is_final(const Failure& failure) const;
  void log_failure(const Failure& failure, bool final) const;

  pg_conn* connection_;
  const Pipeline& pipeline_;
  const ProcessOptions& options_;
  std::vector<Item> items_;
  std::vector<Failure> failures_;
  std::optional<pg::CancelOnStop> cancel_on_stop_;
  std::vector<SourceFault> source_faults_;
  std::optional<pg::SessionState> session_;  ///< Before any extension point had the connection.
  bool spoiled_ = false;                     ///< An extension point left the connection as none can use it.
  std::set<std::string> types_read_;
  std::vector<Uuid> recorded_;  ///< Of the failures, those whose claim was still valid.
};

}  // namespace ragqueue
