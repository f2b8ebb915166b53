#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/search.hpp"

namespace ragqueue {

namespace {

using std::chrono::milliseconds;

/// Requests a stop when the time is over, or when the caller does.
class Deadline {
 public:
  Deadline(milliseconds time, const std::stop_token& caller)
      : timer_([this, time](const std::stop_token& ended) { wait(time, ended); }),
        relay_(caller, Relay{&source_}) {}

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  struct Relay {
    std::stop_source* source;
    void operator()() const { source->request_stop(); }
  };
  void wait(milliseconds time, const std::stop_token& ended) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any over;
    if (!over.wait_for(lock, ended, time, [] { return false; }) && !ended.stop_requested())
      source_.request_stop();
  }

  std::stop_source source_;
  std::jthread timer_;
  std::stop_callback<Relay> relay_;
};

}  // namespace

SearchReply search(pg_conn* connection, const Embedder& embedder, SearchQuery query,
                   const QuestionOptions& options) {
  SearchReply reply;
  if (query.mode == SearchMode::fused && options.fall_back_to_words && !embedder.knows(query.text)) {
    reply.words_alone = fmt::format("the embedder {} does not know the question's words", embedder.name());
    query.mode = SearchMode::text;
  }
  if (query.mode != SearchMode::text) {
    Deadline deadline(options.deadline, options.read.stop);
    try {
      query.vector = embed_text(embedder, query.text, Purpose::query, deadline.token());
    } catch (const Error& error) {
      if (error.fault() != Fault::outage || options.read.stop.stop_requested()) throw;
      if (!options.fall_back_to_words || query.mode == SearchMode::vector) throw;
      reply.words_alone =
          deadline.token().stop_requested()
              ? fmt::format("the embedder did not answer within {} ms", options.deadline.count())
              : std::string(error.what());
      query.mode = SearchMode::text;
    }
  }
  reply.hits = search(connection, query, options.read);
  return reply;
}

}  // namespace ragqueue
