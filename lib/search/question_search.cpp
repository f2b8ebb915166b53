#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/search.hpp"
#include "search/embed_by_deadline.hpp"

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

/// By words alone where `embed` meets an outage, and that is allowed.
template <class Embed>
SearchReply search_with(pg_conn* connection, const Embed& embed, SearchQuery query,
                        const QuestionOptions& options) {
  SearchReply reply;
  if (query.mode != SearchMode::text) {
    try {
      query.vector = embed(query.text);
    } catch (const Error& error) {
      if (error.fault() != Fault::outage || options.read.stop.stop_requested()) throw;
      if (!options.fall_back_to_words || query.mode == SearchMode::vector) throw;
      reply.words_alone = error.what();
      query.mode = SearchMode::text;
    }
  }
  reply.hits = search(connection, query, options.read);
  return reply;
}

}  // namespace

SearchReply search(pg_conn* connection, const Embedder& embedder, SearchQuery query,
                   const QuestionOptions& options) {
  const auto embed = [&](const std::string& text) {
    const Deadline deadline(options.deadline, options.read.stop);
    try {
      return embed_text(embedder, text, Purpose::query, deadline.token());
    } catch (const Error& error) {
      if (error.fault() != Fault::outage || !deadline.token().stop_requested()) throw;
      throw Error(Fault::outage,
                  fmt::format("the embedder did not answer within {} ms", options.deadline.count()));
    }
  };
  return search_with(connection, embed, std::move(query), options);
}

SearchReply search(pg_conn* connection, const std::shared_ptr<const Embedder>& embedder, SearchQuery query,
                   const QuestionOptions& options) {
  if (!embedder) throw InvalidInput("embedder", "null", "expected an embedder");
  const auto embed = [&](const std::string& text) {
    return embed_by_deadline(embedder, text, options.deadline, options.read.stop);
  };
  return search_with(connection, embed, std::move(query), options);
}

}  // namespace ragqueue
