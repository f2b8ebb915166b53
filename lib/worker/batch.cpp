#include "worker/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "ragqueue/error.hpp"
#include "worker/narrow.hpp"
#include "worker/narrowed_embedder.hpp"

namespace ragqueue {

Batch::Batch(pg_conn* connection, const Pipeline& pipeline, std::span<const Job> jobs,
             const ProcessOptions& options)
    : connection_(connection), pipeline_(pipeline), options_(options) {
  for (const Job& job : jobs) {
    items_.push_back({.job = job, .removal = job.request.action == Action::remove, .indexed = {}});
  }
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
  for (const auto& [key, group] : groups) {
    narrow(
        std::span<Item* const>(group), [this](std::span<Item* const> part) { fetch_group(part); },
        [this](Item* item, std::string_view message, bool permanent) { fail(*item, message, permanent); });
  }
}

void Batch::fetch_group(std::span<Item* const> group) {
  const SourceKey& first = group.front()->job.request.source;
  std::vector<Uuid> ids;
  std::ranges::transform(group, std::back_inserter(ids),
                         [](const Item* item) { return item->job.request.source.source_id; });
  std::map<SourceKey, Document> found;
  for (Document& document :
       pipeline_.sources->fetch(connection_, first.organization_id, first.source_type, ids)) {
    SourceKey key = document.source;
    found.insert_or_assign(std::move(key), std::move(document));
  }
  for (Item* item : group) {
    auto node = found.extract(item->job.request.source);
    item->removal = node.empty();
    if (!node.empty()) item->indexed.document = std::move(node.mapped());
  }
  if (!found.empty()) {
    throw Error(Fault::job,
                fmt::format("the source fetcher returned {} '{}', which was not asked for",
                            found.begin()->first.source_type, found.begin()->first.source_id.to_string()));
  }
}

void Batch::split() {
  for (Item* const& item : active()) {
    if (!item->removal) split_item(*item);
  }
}

void Batch::split_item(Item& item) {
  Item* const one = &item;
  narrow(
      std::span(&one, 1),
      [this](std::span<Item* const> group) {
        IndexedDocument& indexed = group.front()->indexed;
        const NarrowedEmbedder embedder(*pipeline_.embedder, group.front()->max_tokens);
        indexed.chunks = pipeline_.chunker->split(indexed.document, embedder);
        indexed.vectors.assign(indexed.chunks.size() * embedder.dimension(), 0);
      },
      [this](Item* guilty, std::string_view message, bool permanent) { fail(*guilty, message, permanent); });
}

std::vector<Batch::Text> Batch::texts() {
  std::vector<Text> texts;
  for (Item* item : active()) {
    if (item->embedded) continue;
    for (std::size_t chunk = 0; chunk < item->indexed.chunks.size(); ++chunk)
      texts.push_back({.item = item, .chunk = chunk});
  }
  return texts;
}

void Batch::embed() {
  const std::size_t size = std::max<std::size_t>(pipeline_.embedder->limits().max_texts, 1);
  // More than once only where the embedder found a text too long, and its document was split smaller.
  for (std::vector<Text> all = texts(); !all.empty(); all = texts()) {
    for (const Text& text : all) text.item->embedded = true;
    for (std::size_t begin = 0; begin < all.size(); begin += size) {
      narrow(
          std::span<const Text>(all).subspan(begin, std::min(size, all.size() - begin)),
          [this](std::span<const Text> call) { embed_call(call); },
          [this](const Text& text, std::string_view message, bool permanent) {
            fail(*text.item, message, permanent);
          });
    }
  }
}

void Batch::embed_call(std::span<const Text> call) {
  check_cancelled();
  const std::size_t dimension = pipeline_.embedder->dimension();
  std::vector<Text> live;
  std::ranges::copy_if(call, std::back_inserter(live), [](const Text& text) {
    return text.item->state == State::active && text.item->embedded;
  });
  if (live.empty()) return;
  std::vector<std::string_view> words;
  for (const Text& text : live) words.emplace_back(text.item->indexed.chunks[text.chunk].embedded_text);
  std::vector<float> vectors(live.size() * dimension);
  std::vector<RejectedText> rejected;
  try {
    rejected = pipeline_.embedder->embed(words, vectors, options_.stop);
  } catch (const Error& error) {
    check_cancelled();
    if (is_own_fault(error.fault())) throw;
    if (options_.charge_outage) {
      throw Error(Fault::job,
                  fmt::format("the embedder fails at this one, and answers others: {}", error.what()));
    }
    throw EmbedderDown{error};
  }
  check_cancelled();
  auto refused = rejected.begin();
  for (std::size_t index = 0; index < live.size(); ++index) {
    if (refused != rejected.end() && refused->index == index) {
      reject(live[index], *refused++);
      continue;
    }
    const auto row = std::span(vectors).subspan(index * dimension, dimension);
    check_vectors(row, dimension);
    const Item& item = *live[index].item;
    if (item.state != State::active || !item.embedded) continue;
    std::ranges::copy(row, std::next(live[index].item->indexed.vectors.begin(),
                                     static_cast<std::ptrdiff_t>(live[index].chunk * dimension)));
  }
}

void Batch::reject(const Text& text, const RejectedText& rejected) {
  Item& item = *text.item;
  if (item.state != State::active || !item.embedded) return;
  constexpr std::size_t least_tokens = 8;  // of a chunk; below that it is not its length that is refused
  const std::size_t smaller = item.indexed.chunks[text.chunk].token_count / 2;
  if (!rejected.too_long || smaller < least_tokens) return fail(item, rejected.reason, true);
  item.max_tokens = smaller;
  item.embedded = false;
  split_item(item);
}

}  // namespace ragqueue
