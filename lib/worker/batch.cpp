#include "worker/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "db/session.hpp"
#include "db/statement.hpp"
#include "ragqueue/error.hpp"
#include "worker/bisect.hpp"

namespace ragqueue {

namespace {

/// Whether an outage is the database's as a whole, and not that of one source type.
bool is_of_database(const Error& error, pg_conn* connection) {
  constexpr std::array<std::string_view, 4> codes{"08", "25006", "53", "57P"};  // as in sqlstate.cpp
  return !pg::usable(connection) || std::ranges::any_of(codes, [&](std::string_view code) {
    return error.sqlstate().starts_with(code);
  });
}

void check_rejections(const std::vector<RejectedText>& rejected, std::size_t texts) {
  for (std::size_t index = 0; index < rejected.size(); ++index) {
    if (rejected[index].index >= texts || (index > 0 && rejected[index].index <= rejected[index - 1].index))
      throw Error(Fault::job, "it rejected a text that it was not given, or out of order");
  }
}

}  // namespace

Batch::Batch(pg_conn* connection, const Pipeline& pipeline, std::span<const Job> jobs,
             const ProcessOptions& options)
    : connection_(connection), pipeline_(pipeline), options_(options) {
  for (const Job& job : jobs) {
    items_.push_back({.job = job, .removal = job.request.action == Action::remove, .indexed = {}});
  }
}

void Batch::begin_interruptible() {
  cancel_on_stop_.reset();
  cancel_on_stop_.emplace(connection_, options_.stop);
}

void Batch::require_untouched() {
  const std::string change = pg::change_of(connection_, *session_);
  if (change.empty()) return;
  spoiled_ = true;
  throw Error(Fault::job, fmt::format("it {}; a new connection replaces this one", change));
}

void Batch::blame_for_change(const Error& met) {
  const std::string change = spoiled_ ? "" : pg::change_of(connection_, *session_);
  spoiled_ = spoiled_ || !change.empty();
  replace_spoiled_connection();
  if (!change.empty()) throw Error(Fault::job, fmt::format("it {}, and met: {}", change, met.what()));
}

void Batch::replace_spoiled_connection() {
  if (!std::exchange(spoiled_, false)) return;
  session_.reset();
  cancel_on_stop_.reset();
  if (options_.replace_connection) {
    connection_ = options_.replace_connection();
  } else {
    pg::reset(connection_);
  }
  begin_interruptible();
}

std::vector<Batch::Item*> Batch::active() {
  std::vector<Item*> items;
  for (Item& item : items_) {
    if (item.state == State::active) items.push_back(&item);
  }
  return items;
}

void Batch::check_cancelled() const {
  if (options_.stop.stop_requested()) throw Cancelled{};
}

void Batch::fail(Item& item, std::string_view message, bool permanent) {
  if (item.state != State::active) return;
  item.state = State::failed;
  item.indexed = {};
  failures_.push_back({.job = item.job, .message = std::string(message), .permanent = permanent});
}

void Batch::fetch() {
  std::map<std::pair<Uuid, std::string>, std::vector<Item*>> groups;
  for (Item* item : active()) {
    const SourceKey& source = item->job.request.source;
    if (!item->removal) groups[{source.organization_id, source.source_type}].push_back(item);
  }
  for (const auto& [key, group] : groups) fetch_type(key.second, group);
}

bool Batch::is_waiting(std::string_view source_type) const {
  return std::ranges::any_of(source_faults_,
                             [&](const SourceFault& fault) { return fault.source_type == source_type; });
}

/// What has been read goes on where the type's next question fails.
void Batch::fetch_type(const std::string& source_type, std::span<Item* const> group) {
  const auto begin = std::chrono::steady_clock::now();
  try {
    if (!is_waiting(source_type)) {
      TypeState state;
      bisect(
          group, [&](std::span<Item* const> part) { heed_stop([&] { fetch_part(part, state); }); },
          blame("source fetcher"));
      if (!state.read && !state.doubtful.empty()) throw Error(state.doubtful.front().second);
      for (const auto& [item, error] : state.doubtful)
        fail(*item, std::string("source fetcher: ") + error.what(), false);
      types_read_.insert(source_type);
      return;
    }
  } catch (const Error& error) {
    if (is_of_database(error, connection_)) throw;
    source_faults_.push_back({.source_type = source_type,
                              .error = error,
                              .took = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::steady_clock::now() - begin)});
  }
  for (Item* item : group) {
    if (item->state == State::active && !item->fetched) item->state = State::waiting;
  }
}

/// Two that fail alone, before any was read, tell of their type; the first and the last are asked at once, so
/// that a type of which each row takes too long holds up the others no longer than it must.
void Batch::fetch_part(std::span<Item* const> part, TypeState& state) {
  std::vector<Item*> unasked;
  std::ranges::copy_if(part, std::back_inserter(unasked), [&](const Item* item) {
    return !item->fetched && std::ranges::find(state.doubtful, item, [](const auto& doubt) {
                               return doubt.first;
                             }) == state.doubtful.end();
  });
  if (unasked.empty()) return;
  try {
    fetch_group(unasked);
    state.read = true;
  } catch (const Error& error) {
    if (is_own_fault(error.fault())) {
      if (state.read || !error.sqlstate().starts_with("57") || unasked.size() < 2) throw;
      fetch_part({&unasked.front(), 1}, state);
      fetch_part({&unasked.back(), 1}, state);
      throw;
    }
    if (unasked.size() > 1 || error.sqlstate().empty() || is_of_database(error, connection_)) throw;
    state.doubtful.emplace_back(unasked.front(), error);
    if (!state.read && state.doubtful.size() > 1) throw;
  }
}

void Batch::fetch_group(std::span<Item* const> group) {
  const Job& first_job = group.front()->job;
  const SourceKey& first = first_job.request.source;
  std::vector<Uuid> ids;
  std::ranges::transform(group, std::back_inserter(ids),
                         [](const Item* item) { return item->job.request.source.source_id; });
  std::map<SourceKey, Document> found;
  std::vector<Document> documents = call_with_connection("source fetcher", first_job, [&] {
    return pipeline_.sources->fetch(connection_, first.organization_id, first.source_type, ids);
  });
  for (Document& document : documents) {
    SourceKey key = document.source;
    if (!found.try_emplace(std::move(key), std::move(document)).second)
      throw Error(Fault::job, "it returned one source twice");
  }
  for (Item* item : group) {
    auto node = found.extract(item->job.request.source);
    item->removal = node.empty();
    if (!node.empty()) item->indexed.document = std::move(node.mapped());
  }
  if (!found.empty()) {
    throw Error(Fault::job,
                fmt::format("it returned {} '{}', which was not asked for", found.begin()->first.source_type,
                            found.begin()->first.source_id.to_string()));
  }
  for (Item* item : group) {
    if (!item->removal) validate(item->indexed.document);
    item->fetched = true;
  }
}

void Batch::find_reusable_chunks() {
  std::vector<Item*> upserts = active();
  std::erase_if(upserts, [](const Item* item) { return item->removal; });
  bisect(
      std::span<Item* const>(upserts), [this](std::span<Item* const> group) { find_reusable_group(group); },
      blame("index store"));
}

void Batch::find_reusable_group(std::span<Item* const> group) {
  std::vector<SourceKey> sources;
  for (const Item* item : group) sources.push_back(item->job.request.source);
  StoredChunks stored = call_with_connection("index store", group.front()->job, [&] {
    return pipeline_.store->stored_chunks(connection_, sources);
  });
  for (Item* item : group) {
    item->stored = std::move(stored[item->job.request.source]);
    mark_reused(*item);
  }
}

std::vector<Batch::Text> Batch::texts() {
  std::vector<Text> texts;
  std::unordered_map<std::string_view, std::size_t> known;
  for (Item* item : active()) {
    const IndexedDocument& indexed = item->indexed;
    for (std::size_t chunk = 0; !item->embedded && chunk < indexed.chunks.size(); ++chunk) {
      if (indexed.reused[chunk] || indexed.unknown[chunk] || item->filled[chunk]) continue;
      const auto [text, is_new] = known.try_emplace(indexed.chunks[chunk].embedded_text, texts.size());
      if (is_new) texts.emplace_back();
      texts[text->second].places.push_back({.item = item, .chunk = chunk});
    }
  }
  return texts;
}

void Batch::embed() {
  const std::size_t size = std::max<std::size_t>(pipeline_.embedder->limits().max_texts, 1);
  // More than once only where the embedder found a text too long, and it was cut smaller.
  for (std::vector<Text> all = texts(); !all.empty(); all = texts()) {
    for (const Text& text : all) {
      for (const Place& place : text.places) place.item->embedded = true;
    }
    for (std::size_t begin = 0; begin < all.size(); begin += size) {
      bisect(
          std::span<const Text>(all).subspan(begin, std::min(size, all.size() - begin)),
          [this](std::span<const Text> call) { embed_call(call); },
          [this](const Text& text, std::string_view message, bool permanent) {
            for (const Place& place : text.places) blame("embedder")(place.item, message, permanent);
          });
    }
    split_long_chunks();
  }
  for (Item* item : active()) {  // Reused chunks have rows, too.
    item->indexed.vectors.resize(item->indexed.chunks.size() * pipeline_.embedder->dimension());
  }
}

bool Batch::is_open(const Place& place) {
  return place.item->state == State::active && place.item->embedded;
}

void Batch::embed_call(std::span<const Text> call) {
  check_cancelled();
  const std::size_t dimension = pipeline_.embedder->dimension();
  std::vector<const Text*> live;
  std::vector<std::string_view> words;
  for (const Text& text : call) {
    const auto place = std::ranges::find_if(text.places, is_open);
    if (place == text.places.end()) continue;
    live.push_back(&text);
    words.emplace_back(place->item->indexed.chunks[place->chunk].embedded_text);
  }
  if (live.empty()) return;
  std::vector<float> vectors(live.size() * dimension);  // zeros: a row that is left out is noticed
  std::vector<RejectedText> rejected;
  try {
    rejected = this->call("embedder", live.front()->places.front().item->job, [&] {
      return pipeline_.embedder->embed(words, Purpose::document, vectors, options_.stop);
    });
    check_rejections(rejected, live.size());
  } catch (const Error& error) {
    check_cancelled();
    if (is_own_fault(error.fault())) throw;
    if (options_.charge_outage) {
      throw Error(Fault::job,
                  fmt::format("the embedder fails at this one, and answers others: {}", error.what()));
    }
    const auto* const busy = dynamic_cast<const EmbedderBusy*>(&error);
    throw EmbedderDown{error, busy == nullptr ? std::chrono::milliseconds(0) : busy->retry_after()};
  }
  check_cancelled();
  auto refused = rejected.begin();
  for (std::size_t index = 0; index < live.size(); ++index) {
    if (refused != rejected.end() && refused->index == index) {
      for (const Place& place : live[index]->places) reject(place, *refused);
      ++refused;
      continue;
    }
    const auto row = std::span(vectors).subspan(index * dimension, dimension);
    check_vectors(row, dimension);
    fill(*live[index], row);
  }
}

void Batch::fill(const Text& text, std::span<const float> vector) {
  for (const Place& place : text.places) {
    if (!is_open(place)) continue;
    place.item->served = true;
    place.item->filled[place.chunk] = true;
    std::vector<float>& rows = place.item->indexed.vectors;
    const std::size_t begin = place.chunk * vector.size();
    if (rows.size() < begin) rows.resize(begin);
    if (rows.size() == begin) {  // Nearly always: they come in order.
      rows.insert(rows.end(), vector.begin(), vector.end());
    } else {
      std::ranges::copy(vector, std::next(rows.begin(), static_cast<std::ptrdiff_t>(begin)));
    }
  }
}

void Batch::reject(const Place& place, const RejectedText& rejected) {
  if (!is_open(place)) return;
  Item& item = *place.item;
  item.not_served = rejected.undecided || rejected.retryable;
  if (rejected.undecided) {
    item.state = State::waiting;
    return;
  }
  if (!rejected.too_long) return blame("embedder")(&item, rejected.reason, !rejected.retryable);
  item.too_long.emplace(place.chunk, rejected.reason);
}

}  // namespace ragqueue
