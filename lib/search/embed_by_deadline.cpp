#include "search/embed_by_deadline.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

/// Threads whose embedder has not let them go. Each costs a stack; an embedder that never returns must not be
/// given one for each question.
std::atomic<int> left_behind{0};
constexpr int most_left_behind = 64;

struct Call {
  std::mutex mutex{};
  std::condition_variable_any changed{};
  std::stop_source stop{};
  // Guarded by mutex.
  std::vector<float> vector{};
  std::exception_ptr error{};
  bool ended = false, left = false;
};

void run(Call& call, const Embedder& embedder, const std::string& text) {
  std::vector<float> vector;
  std::exception_ptr error;
  try {
    vector = embed_text(embedder, text, Purpose::query, call.stop.get_token());
  } catch (...) {
    error = std::current_exception();
  }
  const std::scoped_lock lock(call.mutex);
  call.vector = std::move(vector);
  call.error = std::move(error);
  call.ended = true;
  if (call.left) --left_behind;
  call.changed.notify_all();
}

void begin(const std::shared_ptr<Call>& call, const std::shared_ptr<const Embedder>& embedder,
           const std::string& text) {
  if (left_behind >= most_left_behind) {
    throw Error(Fault::outage,
                fmt::format("{} earlier calls of the embedder have not returned", most_left_behind));
  }
  try {
    std::thread thread([call, embedder, text] { run(*call, *embedder, text); });
    pthread_setname_np(thread.native_handle(), "rag-question");
    thread.detach();
  } catch (const std::system_error& error) {
    throw Error(Fault::outage, fmt::format("no thread for the embedder: {}", error.what()));
  }
}

}  // namespace

std::vector<float> embed_by_deadline(const std::shared_ptr<const Embedder>& embedder, const std::string& text,
                                     std::chrono::milliseconds time, const std::stop_token& caller) {
  const auto end = std::chrono::steady_clock::now() + time;
  const auto call = std::make_shared<Call>();
  begin(call, embedder, text);
  std::unique_lock lock(call->mutex);
  if (call->changed.wait_until(lock, caller, end, [&] { return call->ended; })) {
    if (call->error) std::rethrow_exception(call->error);
    return std::move(call->vector);
  }
  call->left = true;
  ++left_behind;
  lock.unlock();
  call->stop.request_stop();
  throw Error(Fault::outage, fmt::format("the embedder did not answer within {} ms", time.count()));
}

}  // namespace ragqueue
