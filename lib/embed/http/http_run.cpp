#include "embed/http/http_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "embed/http/http_retry_after.hpp"

namespace ragqueue {

namespace {

using Kind = ReplyClass::Kind;

RequestLimits size_of(const TextGroup& group) {
  return {.texts = group.size(), .tokens = tokens_of(group), .bytes = bytes_of(group)};
}

double work_of(const TextGroup& group) {
  return static_cast<double>(tokens_of(group)) + 1;
}

}  // namespace

HttpRun::HttpRun(HttpServer& server, std::span<const std::string_view> texts, Purpose purpose,
                 std::span<float> vectors, std::size_t dimension, const std::stop_token& stop)
    : server_(server),
      texts_(texts),
      style_(server.styles.of(purpose)),
      vectors_(vectors),
      dimension_(dimension),
      stop_(stop),
      on_stop_(stop, [this] { abandon_.request_stop(); }),
      inbox_(server.calls.open(purpose == Purpose::query)),
      harmless_row_(dimension),
      encoding_(server.encoding()) {}

HttpRun::~HttpRun() {
  abandon_.request_stop();
  if (!sent_.empty()) server_.calls.abandon_stopped();
  server_.calls.close(inbox_);
}

std::vector<RejectedText> HttpRun::operator()() {
  plan();
  while (!queue_.empty() || !sent_.empty() || !suspects_.empty()) {
    send_some();
    const auto answer = server_.calls.wait(*inbox_, stop_);
    if (stop_.stop_requested()) fail(Fault::outage, "the call was broken off");
    if (answer) receive(*answer);
  }
  std::ranges::sort(rejected_, {}, &RejectedText::index);
  return std::move(rejected_);
}

void HttpRun::plan() {
  constexpr std::size_t least_texts = 8;  // below that, many small requests cost more than idle slots
  const std::size_t prefix_tokens = estimate_tokens(style_.prefix);
  const std::size_t prefix_bytes = json_string_size(style_.prefix);
  std::vector<TextSize> sizes;
  for (std::size_t text = 0; text < texts_.size(); ++text) {
    if (refuse_unsent(text)) continue;
    sizes.push_back({.text = text,
                     .tokens = prefix_tokens + estimate_tokens(texts_[text]),
                     .bytes = prefix_bytes + json_string_size(texts_[text])});
  }
  RequestLimits limits = server_.limits.now();
  limits.tokens = static_cast<std::size_t>(
      std::min(static_cast<double>(limits.tokens), std::max(server_.service_time.most_work(), 1.0)));
  const std::size_t share = server_.calls.share();
  limits.texts = std::min(limits.texts, std::max((sizes.size() + share - 1) / share, least_texts));
  for (TextGroup& group : mixed(plan_requests(std::move(sizes), limits)))
    queue_.push_back({.group = std::move(group)});
}

bool HttpRun::refuse_unsent(std::size_t text) {
  if (const auto offset = find_invalid_utf8(texts_[text])) {
    reject(text, fmt::format("not UTF-8 at byte {}", *offset), false);
    return true;
  }
  if (trim(texts_[text]).empty()) {
    reject(text, "nothing but white space", false);
    return true;
  }
  return false;
}

void HttpRun::send_some() {
  while (make_next()) {
    if (!server_.calls.reserve(*inbox_)) return;
    Request request = std::move(queue_.front());
    queue_.pop_front();
    shrink(request);
    send(std::move(request));
  }
  server_.calls.sated(*inbox_);
}

/// Has the next request stand first; false where none is to be sent before an answer comes.
bool HttpRun::make_next() {
  if (suspects_.empty()) return !queue_.empty();
  if (!sent_.empty()) return false;
  const bool has_probe = !queue_.empty() && !queue_.front().harmless.empty();
  // Where the server was well shortly before, the next texts tell as much as harmless ones.
  const bool was_well = suspects_.back().request.failures > 0 && refused_size_ == 0;
  const bool texts_tell =
      was_well && suspects_.size() < 2 && !queue_.empty() && server_.takes_size(suspected_size());
  if (!has_probe && !texts_tell) queue_.push_front(make_probe());
  return true;
}

/// Bytes of the longest text that failed alone.
std::size_t HttpRun::suspected_size() const {
  std::size_t size = 0;
  for (const Suspect& suspect : suspects_) {
    const TextGroup& group = suspect.request.group;
    if (group.size() == 1) size = std::max(size, texts_[group.front().text].size());
  }
  return size;
}

HttpRun::Request HttpRun::make_probe() const {
  std::string harmless(harmless_words);
  const std::size_t size = refused_size_ == 0 ? suspected_size() : 0;
  while (harmless.size() < size) (harmless += ' ') += harmless_words;
  return {.harmless = std::move(harmless)};
}

/// What was planned may have become too much since.
void HttpRun::shrink(Request& request) {
  while (!fits(request.group, server_.limits.now())) {
    const auto middle =
        std::next(request.group.begin(), static_cast<std::ptrdiff_t>(request.group.size() / 2));
    queue_.push_front({.group = TextGroup(middle, request.group.end()), .failures = request.failures});
    request.group.erase(middle, request.group.end());
    request.half.reset();
  }
}

void HttpRun::send(Request request) {
  request.encoding = encoding_;
  request.headers_version = server_.headers_version();
  const bool is_probe = !request.harmless.empty();
  const double work = work_of(request.group);
  const std::size_t number = next_call_++;
  HttpCalls::Call call{.number = number,
                       .url = server_.protocol->url(),
                       .body = server_.protocol->write(texts_of(request), style_, encoding_),
                       .work = work,
                       .timeout = is_probe ? server_.timeout.of_probe() : server_.timeout.of(work)};
  sent_.emplace(number, std::move(request));
  server_.calls.send(inbox_, std::move(call), abandon_.get_token());
}

std::vector<std::string_view> HttpRun::texts_of(const Request& request) const {
  if (!request.harmless.empty()) return {request.harmless};
  std::vector<std::string_view> texts;
  texts.reserve(request.group.size());
  for (const TextSize& size : request.group) texts.push_back(texts_[size.text]);
  return texts;
}

void HttpRun::receive(const HttpCalls::Answer& answer) {
  auto node = sent_.extract(answer.call);
  Request request = std::move(node.mapped());
  if (answer.reply.unreachable) fail(Fault::outage, answer.reply.error);
  if (answer.reply.timed_out && request.harmless.empty()) server_.timeout.missed();
  const ReplyClass reply = classify(request, answer.reply);
  if (reply.kind == Kind::good) return read(std::move(request), answer);
  if (reply.kind == Kind::overload) return wait_for_server(std::move(request), answer, reply);
  failed(std::move(request), reply, answer.reply);
}

ReplyClass HttpRun::classify(const Request& request, const HttpReply& reply) const {
  if (!reply.error.empty()) return {.kind = Kind::failed, .words = reply.error};
  return classify_reply(reply.status, reply.body, texts_of(request));
}

void HttpRun::read(Request request, const HttpCalls::Answer& answer) {
  VectorRows rows;
  if (!request.harmless.empty()) rows.emplace_back(harmless_row_);
  for (const TextSize& size : request.group) rows.push_back(row(size.text));
  std::vector<std::size_t> unusable;
  ReplyClass wrong;
  try {
    unusable = server_.protocol->read(answer.reply.body, rows);
  } catch (const WrongDimension& error) {
    if (dimension_ == 0) {  // That is the question.
      server_.confirm(request.encoding);
      throw;
    }
    wrong = {.kind = Kind::setup, .words = fmt::format("model {}: {}", server_.model, error.what())};
  } catch (const BadReply& error) {
    wrong = classify_unusable_reply(answer.reply.body, error.what(), texts_of(request));
  }
  if (wrong.kind != Kind::good) return failed(std::move(request), wrong, answer.reply);
  if (unusable.size() == rows.size()) {
    return failed(std::move(request),
                  {.kind = Kind::no_vector, .words = "its vector is all zeros or not finite"}, answer.reply);
  }
  served(std::move(request), answer, unusable);
}

void HttpRun::served(Request request, const HttpCalls::Answer& answer,
                     const std::vector<std::size_t>& unusable) {
  server_.timeout.answered(work_of(request.group), answer.took);
  if (request.harmless.empty()) server_.service_time.answered(work_of(request.group), answer.took);
  if (request.harmless.empty()) server_.limits.pass(size_of(request.group));
  embedded_ += request.group.size() - std::min(request.group.size(), unusable.size());
  for (const std::string_view text : texts_of(request)) server_.served_size(text.size());
  if (request.half && unusable.empty() && --request.half->unserved == 0) pass_halves(*request.half);
  server_is_well(request);
  // Their neighbours' vectors tell that it is not the server.
  for (const std::size_t position : unusable)
    queue_.push_back({.group = {request.group[position]}, .failures = request.failures + 1});
}

/// Both were served where the whole was not.
void HttpRun::pass_halves(const Halves& halves) {
  const bool too_large = halves.reply.kind == Kind::too_large;
  if (too_large && halves.reply.measure != ReplyClass::Measure::texts)
    server_.limits.refuse(halves.whole, halves.reply);
}

void HttpRun::wait_for_server(Request request, const HttpCalls::Answer& answer, const ReplyClass& reply) {
  constexpr std::chrono::milliseconds least_pause(50);
  const auto asked = read_retry_after(answer.reply.retry_after_ms, answer.reply.retry_after,
                                      std::chrono::system_clock::now());
  const bool fewer = server_.calls.refused(answer.started);
  if (asked) {
    request.waited += std::max(*asked, least_pause);
    if (request.waited > server_.retry_after_limit) {
      throw EmbedderBusy(describe(fmt::format("{} (and asks for {} s of patience)", reply.words,
                                              std::chrono::duration<double>(*asked).count())),
                         *asked);
    }
    server_.calls.hold(std::max(*asked, least_pause));
  } else if (!fewer) {
    fail(Fault::outage, reply.words);
  }
  queue_.push_front(std::move(request));
}

void HttpRun::reject(std::size_t text, const std::string& reason, bool too_long, bool retryable) {
  rejected_.push_back({.index = text,
                       .reason = server_.without_secrets(reason),
                       .too_long = too_long,
                       .retryable = retryable});
}

std::span<float> HttpRun::row(std::size_t text) {
  return vectors_.subspan(text * dimension_, dimension_);
}

}  // namespace ragqueue
