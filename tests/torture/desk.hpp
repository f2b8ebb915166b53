#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ragqueue/process.hpp"
#include "support/word_embedder.hpp"

struct pg_conn;

namespace ragqueue::torture {

/// A subject with this word is refused by the embedder, now and always.
inline constexpr std::string_view refused_word = "unembeddable";
/// A subject with this word meets an embedder that lies at times.
inline constexpr std::string_view flaky_word = "flaky";

/// The application's tables and ragqueue's own, of the role `owner`; the role `worker` has what a worker
/// needs, and all tables are published.
void create_tables(pg_conn* connection, const Embedder& embedder);

/// Tickets, articles and wiki pages, which link to others.
[[nodiscard]] std::shared_ptr<const SourceFetcher> make_fetcher();

/// The embedder without faults but its refusals; the same text gives the same vector everywhere.
[[nodiscard]] std::shared_ptr<testing::WordEmbedder> make_embedder();

/// The sources of one round, which no other round touches.
[[nodiscard]] std::vector<SourceKey> sources_of_round(unsigned round);

}  // namespace ragqueue::torture
