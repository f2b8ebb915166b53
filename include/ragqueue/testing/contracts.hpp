#pragma once

#include <cstddef>
#include <functional>

#include "ragqueue/chunker.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/index_store.hpp"
#include "ragqueue/source_fetcher.hpp"

struct pg_conn;

/// The contracts of the extension points as tests: run an implementation of your own through them. Each
/// throws Error (Fault::job) that says which clause does not hold, or whatever the implementation throws.
namespace ragqueue::testing {

/// Name, dimension and limits make sense; vectors are finite, not zero, the same for the same text whatever
/// else is in the call, and in the call's order; a call of limits().max_texts texts is taken; several threads
/// may call at once.
void check_embedder_contract(const Embedder& embedder);

/// All of the text is in the chunks, in order; none has more tokens than the embedder takes, or than it
/// claims; each is UTF-8 and carries the title; a document without text has no chunks; the same document is
/// cut the same way.
void check_chunker_contract(const Chunker& chunker, const Embedder& embedder);

/// `present` is returned as itself and once, `gone` is not among the documents, and asking for nothing
/// returns nothing. Both are of one organization and type.
void check_source_fetcher_contract(const SourceFetcher& fetcher, pg_conn* connection,
                                   const SourceKey& present, const SourceKey& gone);

/// How check_index_store_contract() reaches the store's data: `transact` runs its argument in a transaction
/// and commits, `count_chunks` tells how many chunks are stored for a source.
struct StoreAccess {
  std::function<void(const std::function<void(pg_conn*)>&)> transact;
  std::function<std::size_t(const SourceKey&)> count_chunks;
};

/// An upsert replaces all of a document, a removal takes all of it, both may be repeated, and neither touches
/// another source or organization. Vectors have `dimension` components.
void check_index_store_contract(const IndexStore& store, std::size_t dimension, const StoreAccess& access);

}  // namespace ragqueue::testing
