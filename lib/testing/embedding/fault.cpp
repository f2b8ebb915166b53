#include "testing/embedding/fault.hpp"

#include <algorithm>
#include <limits>

namespace ragqueue::testing {
namespace {

using Kind = ServerFault::Kind;

constexpr std::string_view page =
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>\n";

void change_count(std::vector<FakeEmbedding>& embeddings) {
  if (embeddings.size() > 1) {
    embeddings.pop_back();
  } else {
    embeddings.push_back({.index = 1, .vector = embeddings.front().vector});
  }
}

void shorten(std::vector<FakeEmbedding>& embeddings) {
  for (FakeEmbedding& embedding : embeddings) embedding.vector.pop_back();
}

}  // namespace

void spoil(std::vector<FakeEmbedding>& embeddings, const ServerFault& fault, Route route) {
  if (embeddings.empty()) return;
  FakeEmbedding& last = embeddings.back();
  if (fault.kind == Kind::wrong_count) change_count(embeddings);
  if (fault.kind == Kind::wrong_dimension) shorten(embeddings);
  if (fault.kind == Kind::not_a_number) last.vector.back() = std::numeric_limits<float>::quiet_NaN();
  if (fault.kind == Kind::zeros) std::ranges::fill(last.vector, 0.0F);
  if (route != Route::openai) return;
  if (fault.kind == Kind::duplicate_index) last.index = embeddings.size() > 1 ? embeddings.front().index : 1;
  if (fault.kind == Kind::missing_index) last.index.reset();
  if (fault.kind == Kind::shuffled) std::ranges::reverse(embeddings);
}

void spoil(Delivery& delivery, const ServerFault& fault) {
  using Ending = Delivery::Ending;
  const bool reset = fault.kind == Kind::reset_before_reply || fault.kind == Kind::reset_within_reply;
  delivery.nothing = fault.kind == Kind::reset_before_reply;
  delivery.half = fault.kind == Kind::reset_within_reply || fault.kind == Kind::half_reply;
  if (delivery.half) delivery.ending = Ending::close;
  if (reset) delivery.ending = Ending::reset;
  if (fault.kind == Kind::slow_reply) delivery.byte_pause = fault.pause;
  if (fault.kind == Kind::not_json) {
    delivery.reply = {.status = fault.status, .body = std::string(page), .content_type = "text/html"};
  }
  if (fault.kind == Kind::raw) delivery.reply = {.status = fault.status, .body = fault.message};
  if (fault.kind == Kind::huge_reply) {
    // Broken off within the JSON, so that only more of it could be the end.
    delivery.reply.body.pop_back();
    delivery.padding = fault.size - std::min(fault.size, delivery.reply.body.size());
    delivery.ending = Ending::close;
  }
  auto& headers = delivery.reply.headers;
  headers.insert(headers.end(), fault.headers.begin(), fault.headers.end());
}

}  // namespace ragqueue::testing
