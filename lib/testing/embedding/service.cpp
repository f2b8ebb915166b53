#include "testing/embedding/service.hpp"

#include <algorithm>

#include "testing/embedding/wait.hpp"

namespace ragqueue::testing {
namespace {

using Kind = ServerFault::Kind;

constexpr std::size_t most_body_bytes = std::size_t{64} << 20U;

std::size_t max_body_bytes(const FakeServerOptions& options) {
  const bool small = options.dialect == EmbeddingDialect::text_embeddings_inference;
  return options.max_body_bytes.value_or(small ? 2'000'000 : most_body_bytes);
}

bool is(const std::optional<ServerFault>& fault, Kind kind) {
  return fault && fault->kind == kind;
}

}  // namespace

EmbeddingService::EmbeddingService(FakeServerOptions options)
    : options_(std::move(options)),
      dialect_(make_dialect(options_)),
      slots_(options_.slots, options_.max_queue) {}

Delivery EmbeddingService::serve(const ReceivedRequest& request, const std::stop_token& stop) {
  if (options_.record) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  Delivery delivery = answer(request, stop);
  constexpr std::size_t buffer_of_go = 2048;
  const Manners manners = dialect_->manners();
  delivery.chunked = manners.chunks_long_replies && delivery.reply.body.size() > buffer_of_go;
  if (manners.closes_after_error && delivery.reply.status >= 400 &&
      delivery.ending == Delivery::Ending::keep) {
    delivery.ending = Delivery::Ending::close;
  }
  return delivery;
}

Delivery EmbeddingService::answer(const ReceivedRequest& request, const std::stop_token& stop) {
  const std::optional<Route> route = dialect_->route(request);
  if (!is_authorized(request))
    return {.reply = refuse(dialect_->refusal(401), route.value_or(Route::openai))};
  if (!route) return {.reply = dialect_->other(request)};
  Delivery delivery = answer_call(*route, request, stop);
  leave();
  return delivery;
}

Delivery EmbeddingService::answer_call(Route route, const ReceivedRequest& request,
                                       const std::stop_token& stop) {
  auto parsed = request.body.size() > max_body_bytes(options_) ? dialect_->refusal(413)
                                                               : dialect_->parse(route, request);
  auto* const task = std::get_if<EmbeddingTask>(&parsed);
  const std::optional<ServerFault> fault = arrive(task != nullptr ? *task : EmbeddingTask(), request);
  Delivery delivery;
  if (task == nullptr) {
    delivery.reply = refuse(std::get<Refusal>(parsed), route);
  } else if (const std::optional<Refusal> refusal = refusal_of(*task, fault)) {
    delivery.reply = refuse(*refusal, route, fault);
  } else {
    delivery = embed(*task, fault, stop);
  }
  if (fault) spoil(delivery, *fault);
  return delivery;
}

std::optional<Refusal> EmbeddingService::refusal_of(EmbeddingTask& task,
                                                    const std::optional<ServerFault>& fault) const {
  if (is(fault, Kind::refused)) return dialect_->refusal(fault->status);
  if (is(fault, Kind::bad_text)) return dialect_->bad_text();
  if (std::optional<Refusal> refusal = dialect_->check(task)) return refusal;
  if (options_.bad_text && std::ranges::any_of(task.texts, options_.bad_text)) return dialect_->bad_text();
  return std::nullopt;
}

Delivery EmbeddingService::embed(EmbeddingTask& task, const std::optional<ServerFault>& fault,
                                 const std::stop_token& stop) {
  const Slots::Taking slot = slots_.take(stop);
  if (slot.outcome == Slots::Outcome::queue_full) return {.reply = refuse(dialect_->overload(), task.route)};
  if (slot.outcome == Slots::Outcome::stopped) return {.nothing = true};
  Clock::time_point due = slot.since + options_.call_time + options_.text_time * task.texts.size();
  if (is(fault, Kind::late)) due += fault->pause;
  Delivery delivery{.reply = write(task, fault)};
  if (is(fault, Kind::held)) wait_for_release(stop);
  static_cast<void>(wait_until(due, stop));
  slots_.give_back();
  const std::lock_guard lock(mutex_);
  if (delivery.reply.status == 200) statistics_.embedded += task.texts.size();
  return delivery;
}

HttpReply EmbeddingService::write(const EmbeddingTask& task, const std::optional<ServerFault>& fault) const {
  std::vector<FakeEmbedding> embeddings;
  embeddings.reserve(task.texts.size());
  for (const std::string& text : task.texts) {
    embeddings.push_back({.index = embeddings.size(), .vector = dialect_->embed(task, text)});
  }
  if (fault) spoil(embeddings, *fault, task.route);
  return dialect_->write(task, embeddings);
}

HttpReply EmbeddingService::refuse(const Refusal& refusal, Route route,
                                   const std::optional<ServerFault>& fault) const {
  Refusal said = refusal;
  if (fault && !fault->message.empty()) said.message = fault->message;
  const ErrorShape shape = fault ? fault->shape.value_or(dialect_->shape(route)) : dialect_->shape(route);
  return dialect_->refuse(said, shape);
}

bool EmbeddingService::is_authorized(const ReceivedRequest& request) const {
  if (options_.api_key.empty() || !dialect_->needs_key(request)) return true;
  if (!options_.key_header.empty()) return request.header(options_.key_header) == options_.api_key;
  return request.header("Authorization") == "Bearer " + options_.api_key;
}

std::optional<ServerFault> EmbeddingService::arrive(const EmbeddingTask& task,
                                                    const ReceivedRequest& request) {
  const std::lock_guard lock(mutex_);
  if (!first_arrival_) first_arrival_ = Clock::now();
  ++statistics_.calls;
  statistics_.texts += task.texts.size();
  statistics_.most_calls = std::max(statistics_.most_calls, ++calls_present_);
  changed_.notify_all();
  if (!script_) return std::nullopt;
  return script_({.number = statistics_.calls,
                  .path = request.path,
                  .texts = task.texts,
                  .body = request.body,
                  .authorization = std::string(request.header("Authorization"))});
}

void EmbeddingService::leave() {
  const std::lock_guard lock(mutex_);
  --calls_present_;
}

void EmbeddingService::wait_for_release(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return released_; });
}

void EmbeddingService::count_connection() {
  const std::lock_guard lock(mutex_);
  ++statistics_.connections;
}

void EmbeddingService::set_faults(FaultScript script) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
  released_ = false;
}

void EmbeddingService::release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

bool EmbeddingService::wait_for_calls(std::size_t calls, std::chrono::milliseconds limit) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return statistics_.calls >= calls; });
}

FakeServerStatistics EmbeddingService::statistics() const {
  const Slots::Use use = slots_.use();
  const std::lock_guard lock(mutex_);
  FakeServerStatistics result = statistics_;
  result.all_busy = use.all_busy;
  result.slot_time = use.slot_time;
  if (first_arrival_ && use.last_release) result.span = *use.last_release - *first_arrival_;
  return result;
}

std::vector<ReceivedRequest> EmbeddingService::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

}  // namespace ragqueue::testing
