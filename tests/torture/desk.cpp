#include "desk.hpp"

#include <fmt/format.h>

#include <array>

#include "db/statement.hpp"
#include "ragqueue/grants.hpp"
#include "ragqueue/schema.hpp"

namespace ragqueue::torture {

namespace {
constexpr unsigned sources_a_round = 36;
}

void create_tables(pg_conn* connection, const Embedder& embedder) {
  pg::execute_script(
      connection,
      "CREATE EXTENSION vector;"
      "CREATE ROLE owner LOGIN; CREATE ROLE worker LOGIN; GRANT CREATE ON SCHEMA public TO owner;"
      "SET ROLE owner;"
      "CREATE TABLE tickets (id uuid PRIMARY KEY, organization_id uuid, subject text, "
      "description text, resolution text, status text);"
      "CREATE TABLE kb_articles (id uuid PRIMARY KEY, organization_id uuid, title text, "
      "content text, visibility text);"
      "CREATE TABLE wiki_pages (id uuid PRIMARY KEY, organization_id uuid, title text, "
      "body text, links jsonb)");
  create_or_upgrade_schema(connection, embedder);
  pg::execute_script(connection, grants(connection, "worker", Duty::work));
  pg::execute_script(connection,
                     "GRANT SELECT ON tickets, kb_articles, wiki_pages TO worker; RESET ROLE;"
                     "CREATE PUBLICATION everything FOR ALL TABLES");
}

std::shared_ptr<const SourceFetcher> make_fetcher() {
  std::vector<SqlSource> sources = builtin_sources();
  sources.push_back({.type = "wiki",
                     .query = "SELECT id, title, body, links FROM wiki_pages WHERE organization_id = $1 AND "
                              "id = ANY ($2)"});
  return make_sql_source_fetcher(sources);
}

std::shared_ptr<testing::WordEmbedder> make_embedder() {
  auto embedder = std::make_shared<testing::WordEmbedder>();
  embedder->refuse = [](std::string_view text) -> std::optional<RejectedText> {
    if (text.find(refused_word) == std::string_view::npos) return std::nullopt;
    return RejectedText{.reason = "I will not embed that"};
  };
  return embedder;
}

std::vector<SourceKey> sources_of_round(unsigned round) {
  constexpr std::array types = {"ticket", "kb", "wiki"};
  std::vector<SourceKey> sources;
  for (unsigned number = 0; number < sources_a_round; ++number) {
    const auto uuid = [](unsigned high, unsigned low) {
      return Uuid::parse(fmt::format("{:08x}-0000-4000-8000-{:012x}", high, low));
    };
    sources.push_back({.organization_id = uuid(0, 1 + number / types.size() % 2),
                       .source_type = types[number % types.size()],
                       .source_id = uuid(round + 1, number)});
  }
  return sources;
}

}  // namespace ragqueue::torture
