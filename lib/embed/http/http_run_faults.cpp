// What a run makes of requests that failed.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "embed/http/http_run.hpp"

namespace ragqueue {

namespace {

using Kind = ReplyClass::Kind;

/// Whether the server said that it does not take the text, and did not just fail at it.
bool is_refusal(Kind kind) {
  return kind != Kind::failed;
}

}  // namespace

void HttpRun::failed(Request request, const ReplyClass& reply, const HttpReply& answer) {
  if (!request.harmless.empty()) return probe_failed(std::move(request), reply, answer);
  // The other half was served since they failed together: the fault is in this one. Before a single text is
  // blamed, the server is looked at again.
  const bool is_here = request.half && request.half->unserved == 1 && request.group.size() > 1;
  if (is_here) return resolve({.request = std::move(request), .reply = reply});
  suspects_.push_back({.request = std::move(request), .reply = reply});
}

/// It is the server, unless only a text of that size, that key or that encoding fails.
void HttpRun::probe_failed(Request probe, const ReplyClass& reply, const HttpReply& answer) {
  if (reply.kind == Kind::key_refused && server_.renew_headers(probe.headers_version)) {
    first_refusal_ = reply;
    queue_.push_front(std::move(probe));
    return;
  }
  if (probe.harmless.size() > harmless_words.size()) {
    refused_size_ = probe.harmless.size();
    server_.refused_size(refused_size_);
    return;
  }
  if (try_other_encoding(probe, reply, answer)) return;
  if (answer.timed_out) server_.timeout.gave_up();
  fail(first_refusal_.value_or(reply), answer);
}

bool HttpRun::try_other_encoding(const Request& probe, const ReplyClass& reply, const HttpReply& answer) {
  const bool may_be_encoding =
      reply.kind == Kind::failed || reply.kind == Kind::refused || reply.kind == Kind::too_large;
  if (server_.encoding_known() || !answer.error.empty() || !may_be_encoding) return false;
  const auto all = server_.protocol->encodings();
  const auto next = std::next(std::ranges::find(all, probe.encoding));
  if (next == all.end()) return false;
  if (!first_refusal_) first_refusal_ = reply;
  encoding_ = *next;
  queue_.push_front({.harmless = probe.harmless});
  return true;
}

/// What failed before is at fault itself, or was unlucky.
void HttpRun::server_is_well(const Request& served) {
  server_.confirm(served.encoding);
  std::erase_if(queue_, [](const Request& request) { return !request.harmless.empty(); });
  const bool was_asked_wrongly = std::exchange(first_refusal_, std::nullopt).has_value();
  const std::size_t too_long = std::exchange(refused_size_, 0);
  std::vector<Suspect> suspects = std::exchange(suspects_, {});
  for (Suspect& suspect : suspects) {
    const TextGroup& group = suspect.request.group;
    if (was_asked_wrongly) {
      queue_.push_front(std::move(suspect.request));
    } else if (too_long > 0 && group.size() == 1 && texts_[group.front().text].size() + 1 >= too_long / 2) {
      reject(group.front().text, suspect.reply.words, true);
    } else {
      resolve(std::move(suspect));
    }
  }
  if (is_hopeless()) give_up();
}

void HttpRun::resolve(Suspect suspect) {
  Request& request = suspect.request;
  ++request.failures;
  if (suspect.reply.kind != Kind::too_large) ++failures_;
  if (request.group.size() == 1) return resolve_one(std::move(request), suspect.reply);
  const RequestLimits whole{
      .texts = request.group.size(), .tokens = tokens_of(request.group), .bytes = bytes_of(request.group)};
  // Too many texts are never one text's fault; too many tokens may be.
  if (suspect.reply.kind == Kind::too_large && suspect.reply.measure == ReplyClass::Measure::texts) {
    server_.limits.refuse(whole, suspect.reply);
  }
  halve(std::move(request), suspect.reply);
}

void HttpRun::resolve_one(Request request, const ReplyClass& reply) {
  const std::size_t text = request.group.front().text;
  if (reply.kind == Kind::too_large) return reject(text, reply.words, true);
  const int enough = is_refusal(reply.kind) ? 2 : 3;
  if (request.failures < enough) {
    queue_.push_front(std::move(request));
  } else {
    reject(text, reply.words, false, !is_refusal(reply.kind));
  }
}

void HttpRun::halve(Request request, const ReplyClass& reply) {
  const auto halves = std::make_shared<Halves>(Halves{.whole = {.texts = request.group.size(),
                                                                .tokens = tokens_of(request.group),
                                                                .bytes = bytes_of(request.group)},
                                                      .reply = reply});
  const auto middle = std::next(request.group.begin(), static_cast<std::ptrdiff_t>(request.group.size() / 2));
  queue_.push_front(
      {.group = TextGroup(middle, request.group.end()), .failures = request.failures, .half = halves});
  queue_.push_front(
      {.group = TextGroup(request.group.begin(), middle), .failures = request.failures, .half = halves});
}

/// Whether text after text fails, and fewer pass: they may be many, and others wait.
bool HttpRun::is_hopeless() {
  constexpr std::size_t enough_failures = 5;
  constexpr std::size_t enough_texts = 4;
  return failures_ >= enough_failures && embedded_ < failures_ && texts_.size() >= enough_texts &&
         !queue_.empty() && server_.may_give_up();
}

void HttpRun::give_up() {
  for (const Request& request : std::exchange(queue_, {})) {
    for (const TextSize& size : request.group) {
      rejected_.push_back(
          {.index = size.text, .reason = "its neighbours fail one after the other", .undecided = true});
    }
  }
}

void HttpRun::fail(const ReplyClass& reply, const HttpReply& answer) const {
  const auto hint = [&] {
    const std::string words = server_.protocol->address_hint();
    return words.empty() ? words : fmt::format(" ({})", words);
  };
  switch (reply.kind) {
    case Kind::good:
    case Kind::overload:
    case Kind::failed:
      fail(Fault::outage, answer.status == 200 ? reply.words + hint() : reply.words);
    case Kind::no_vector:
      fail(Fault::outage, "it has no vector for any text: all zeros or not finite");
    case Kind::refused:
    case Kind::too_large:
      fail(Fault::setup, fmt::format("it refuses any text: {}", reply.words));
    case Kind::model_missing:
      fail(Fault::setup, fmt::format("there is no model {}: {}", server_.model, reply.words));
    case Kind::key_refused:
      fail(Fault::setup, fmt::format("the key is refused: {}", reply.words));
    case Kind::route_missing:
      fail(Fault::setup, fmt::format("nothing embeds at this address: {}{}", reply.words, hint()));
    case Kind::setup:
      break;
  }
  fail(Fault::setup, answer.location.empty() ? reply.words
                                             : fmt::format("{}: it is at {} now; mend --embedder-url",
                                                           reply.words, answer.location));
}

void HttpRun::fail(Fault fault, const std::string& words) const {
  throw Error(fault, describe(words));
}

std::string HttpRun::describe(const std::string& words) const {
  // A key may stand in the query.
  const std::string_view url = server_.protocol->url();
  return server_.without_secrets(fmt::format("embedder {}: {}", url.substr(0, url.find('?')), words));
}

}  // namespace ragqueue
