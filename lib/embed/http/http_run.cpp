#include "embed/http/http_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "embed/http/http_retry_after.hpp"

namespace ragqueue {

namespace {

using Kind = Verdict::Kind;
constexpr std::string_view harmless_text = "a page about a printer";

void lower(std::atomic<std::size_t>& limit, std::size_t value) {
  std::size_t now = limit;
  while (value < now && !limit.compare_exchange_weak(now, value)) {
  }
}

/// `words` without what is secret, whatever a server says.
std::string without(std::string words, const std::vector<std::string>& secrets) {
  constexpr std::string_view stars = "***";
  for (const std::string& secret : secrets) {
    for (std::size_t at = 0; (at = words.find(secret, at)) != std::string::npos; at += stars.size()) {
      words.replace(at, secret.size(), stars);
    }
  }
  return words;
}

}  // namespace

HttpProtocol::Way HttpServer::way() const {
  return second_way ? HttpProtocol::Way::second : HttpProtocol::Way::first;
}

RequestLimits HttpServer::limits() const {
  return {.texts = std::min(max_request_texts.load(), protocol->max_texts(way())),
          .tokens = max_request_tokens,
          .bytes = max_request_bytes};
}

HttpRun::HttpRun(HttpServer& server, std::span<const std::string_view> texts, std::span<float> vectors,
                 std::size_t dimension, const std::stop_token& stop)
    : server_(server),
      texts_(texts),
      vectors_(vectors),
      dimension_(dimension),
      stop_(stop),
      on_stop_(stop, [this] { abandon_.request_stop(); }),
      inbox_(server.calls.open()),
      harmless_row_(dimension) {}

HttpRun::~HttpRun() {
  abandon_.request_stop();
  if (!sent_.empty()) server_.calls.abandon_stopped();
  server_.calls.close(inbox_);
}

std::vector<RejectedText> HttpRun::operator()() {
  plan();
  while (!queue_.empty() || !sent_.empty()) {
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
  std::vector<TextSize> sizes;
  for (std::size_t text = 0; text < texts_.size(); ++text) {
    if (refuse_unsent(text)) continue;
    sizes.push_back(
        {.text = text, .tokens = estimate_tokens(texts_[text]), .bytes = json_string_size(texts_[text]) + 1});
  }
  RequestLimits limits = server_.limits();
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

/// Rejects what this server would cut without saying so; its other texts stay in the request.
void HttpRun::keep_uncut(Request& request) {
  if (!server_.protocol->cuts_in_silence(server_.way())) return;
  std::erase_if(request.group, [this](const TextSize& size) {
    if (size.tokens <= server_.max_tokens) return false;
    reject(size.text,
           fmt::format("more than {} tokens, which this server would cut in silence", server_.max_tokens),
           true);
    return true;
  });
}

void HttpRun::send_some() {
  while (!queue_.empty()) {
    keep_uncut(queue_.front());
    if (queue_.front().group.empty() && !queue_.front().harmless) {
      queue_.pop_front();
      continue;
    }
    if (!server_.calls.reserve(*inbox_)) return;
    Request request = std::move(queue_.front());
    queue_.pop_front();
    // What was planned may have become too much since.
    while (!fits_now(request)) {
      const auto middle =
          std::next(request.group.begin(), static_cast<std::ptrdiff_t>(request.group.size() / 2));
      queue_.push_front({.group = TextGroup(middle, request.group.end())});
      request.group.erase(middle, request.group.end());
    }
    send(std::move(request));
  }
  server_.calls.sated(*inbox_);
}

bool HttpRun::fits_now(const Request& request) const {
  return fits(request.group, server_.limits());
}

void HttpRun::send(Request request) {
  request.way = server_.way();
  const double work = static_cast<double>(tokens_of(request.group)) + 1;
  const std::size_t call = next_call_++;
  std::string body = write(request);
  const std::string& url = server_.protocol->url(request.way);
  sent_.emplace(call, std::move(request));
  server_.calls.send(inbox_, call, url, std::move(body), work, abandon_.get_token());
}

std::string HttpRun::write(const Request& request) const {
  if (request.harmless) return server_.protocol->write({&harmless_text, 1}, request.way);
  std::vector<std::string_view> words;
  words.reserve(request.group.size());
  for (const TextSize& size : request.group) words.push_back(texts_[size.text]);
  return server_.protocol->write(words, request.way);
}

void HttpRun::receive(const HttpCalls::Answer& answer) {
  const auto found = sent_.extract(answer.call);
  Request request = std::move(found.mapped());
  if (!answer.reply.error.empty()) fail(Fault::outage, answer.reply.error);
  const Verdict verdict = judge(answer.reply.status, answer.reply.body, request.group.size());
  if (verdict.kind == Kind::good) return read(std::move(request), answer.reply);
  judge_answer(std::move(request), answer, verdict);
}

void HttpRun::read(Request request, const HttpReply& reply) {
  VectorRows rows;
  if (request.harmless) rows.emplace_back(harmless_row_);
  for (const TextSize& size : request.group) rows.push_back(row(size.text));
  std::vector<std::size_t> unusable;
  try {
    unusable = server_.protocol->read(reply.body, rows, request.way);
  } catch (const WrongDimension& wrong) {
    if (dimension_ == 0) throw;  // That is the question.
    fail(Fault::setup, fmt::format("model {}: {}", server_.model, wrong.what()));
  } catch (const BadReply& bad) {
    fail(Fault::outage, fmt::format("a reply that cannot be believed: {}", bad.what()));
  }
  if (unusable.size() < rows.size()) know_that_it_embeds();
  if (request.harmless) return;
  for (const std::size_t position : unusable) {
    const TextSize text = request.group[position];
    if (request.second_look) {
      reject(text.text, "its vector is all zeros or not finite", false);
    } else {
      queue_.push_back({.group = {text}, .second_look = true});
    }
  }
}

void HttpRun::judge_answer(Request request, const HttpCalls::Answer& answer, const Verdict& verdict) {
  const bool first_way = request.way == HttpProtocol::Way::first;
  if (first_way && verdict.kind == server_.protocol->first_way_refused()) {
    server_.second_way = true;
    queue_.push_front(std::move(request));
    return;
  }
  switch (verdict.kind) {
    case Kind::good:
      return;
    case Kind::overload:
      return wait_for_server(std::move(request), answer, verdict);
    case Kind::outage:
      fail(Fault::outage, verdict.words);
    case Kind::model_missing:
      fail(Fault::setup, fmt::format("there is no model {}: {}", server_.model, verdict.words));
    case Kind::key_refused:
      fail(Fault::setup, fmt::format("the key is refused: {}", verdict.words));
    case Kind::route_missing:
      server_.second_way = false;  // Neither is there; whoever mends that may bring back the first.
      fail(Fault::setup, fmt::format("nothing embeds at this address: {}", verdict.words));
    case Kind::setup:
      fail(Fault::setup, verdict.words);
    case Kind::encoding_refused:
    case Kind::bad_input:
    case Kind::too_long:
      return find_guilty(std::move(request), verdict);
    case Kind::too_many_texts:
    case Kind::too_large:
      return learn_limit(std::move(request), verdict);
  }
}

void HttpRun::wait_for_server(Request request, const HttpCalls::Answer& answer, const Verdict& verdict) {
  constexpr std::chrono::milliseconds least_pause(50);
  const auto asked = read_retry_after(answer.reply.retry_after_ms, answer.reply.retry_after,
                                      std::chrono::system_clock::now());
  const bool fewer = server_.calls.refused(answer.started);
  if (asked) {
    request.waited += std::max(*asked, least_pause);
    if (request.waited > server_.retry_after_limit) {
      fail(Fault::outage, fmt::format("{} (and asks for {} s of patience)", verdict.words,
                                      std::chrono::duration<double>(*asked).count()));
    }
    server_.calls.hold(std::max(*asked, least_pause));
  } else if (!fewer) {
    fail(Fault::outage, verdict.words);
  }
  queue_.push_front(std::move(request));
}

void HttpRun::find_guilty(Request request, const Verdict& verdict) {
  if (request.harmless) {
    fail(Fault::setup, fmt::format("it refuses any text: {}", verdict.words));
  }
  if (request.group.size() > 1) return halve(request);
  reject(request.group.front().text, verdict.words, verdict.kind == Kind::too_long);
  if (verdict.kind != Kind::too_long) ask_harmless();
}

void HttpRun::learn_limit(Request request, const Verdict& verdict) {
  const std::span<const TextSize> group = request.group;
  if (request.harmless) fail(Fault::setup, fmt::format("it refuses any text: {}", verdict.words));
  if (group.size() == 1) return reject(group.front().text, verdict.words, true);
  if (verdict.kind == Kind::too_many_texts) {
    lower(server_.max_request_texts, verdict.most_texts > 0 ? verdict.most_texts : group.size() / 2);
  } else {
    // Tokens or bytes: the estimate of either is only ours.
    lower(server_.max_request_tokens, tokens_of(group) / 2 + 1);
    lower(server_.max_request_bytes, bytes_of(group) / 2 + 1);
  }
  halve(request);
}

void HttpRun::halve(const Request& request) {
  const auto middle = std::next(request.group.begin(), static_cast<std::ptrdiff_t>(request.group.size() / 2));
  queue_.push_front({.group = TextGroup(middle, request.group.end())});
  queue_.push_front({.group = TextGroup(request.group.begin(), middle)});
}

void HttpRun::reject(std::size_t text, const std::string& reason, bool too_long) {
  rejected_.push_back({.index = text, .reason = without(reason, server_.secrets), .too_long = too_long});
}

/// A server that refuses every text is at fault itself, and not the texts. The request that is next may
/// answer that as well.
void HttpRun::ask_harmless() {
  if (embeds_ || std::exchange(asked_harmless_, true)) return;
  const auto place = queue_.empty() ? queue_.begin() : std::next(queue_.begin());
  queue_.insert(place, Request{.group = {}, .harmless = true});
}

void HttpRun::know_that_it_embeds() {
  embeds_ = true;
  std::erase_if(queue_, [](const Request& request) { return request.harmless; });
}

void HttpRun::fail(Fault fault, const std::string& words) const {
  // A key may stand in the query.
  const std::string_view url = server_.protocol->url(server_.way());
  throw Error(fault,
              without(fmt::format("embedder {}: {}", url.substr(0, url.find('?')), words), server_.secrets));
}

std::span<float> HttpRun::row(std::size_t text) {
  return vectors_.subspan(text * dimension_, dimension_);
}

}  // namespace ragqueue
