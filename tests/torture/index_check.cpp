#include "index_check.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "db/statement.hpp"
#include "desk.hpp"
#include "ragqueue/chunker.hpp"

namespace ragqueue::torture {

namespace {

/// What the index is to hold of each source, as text to compare: one line for each thing.
using Contents = std::map<std::string, std::set<std::string>>;

std::string numbers(std::span<const float> vector) {
  std::string text;
  for (const float component : vector) text += fmt::format("{} ", component);
  return text;
}

/// From pgvector's `[1,2.5]`.
std::string numbers(const std::string& stored) {
  std::vector<float> vector;
  const char* at = stored.c_str();
  while (*at == '[' || *at == ',') {
    char* end = nullptr;
    vector.push_back(std::strtof(at + 1, &end));
    at = end;
  }
  return numbers(vector);
}

void expect(const Document& document, const Embedder& embedder, std::set<std::string>& lines) {
  lines.insert(fmt::format("document '{}' '{}'", document.title, document.visibility));
  lines.insert(fmt::format("node '{}'", document.title));
  const std::vector<Chunk> chunks = make_text_chunker()->split(document, embedder);
  for (std::size_t index = 0; index < chunks.size(); ++index) {
    lines.insert(fmt::format("chunk {} {} '{}' {}", index, chunks[index].token_count, chunks[index].content,
                             numbers(embed_text(embedder, chunks[index].embedded_text, Purpose::document))));
  }
  std::map<std::string, double> edges;
  for (const Link& link : document.links) {
    double& weight =
        edges[fmt::format("{} {}/{}", link.edge_type, link.source_type, link.source_id.to_string())];
    weight = std::max(weight, link.weight);
  }
  for (const auto& [edge, weight] : edges) lines.insert(fmt::format("edge {} {}", edge, weight));
}

Contents expected(pg_conn* connection, const std::vector<SourceKey>& sources) {
  Contents contents;
  const auto embedder = make_embedder();
  const auto fetcher = make_fetcher();
  embedder->refuse = {};
  for (const SourceKey& source : sources) {
    const std::vector<Uuid> ids = {source.source_id};
    for (const Document& document :
         fetcher->fetch(connection, source.organization_id, source.source_type, ids)) {
      expect(document, *embedder, contents[word_of(source)]);
    }
  }
  return contents;
}

Contents stored(pg_conn* connection, const std::vector<SourceKey>& sources) {
  Contents contents;
  const auto read = [&](std::string_view query, const auto& line) {
    const pg::Result rows =
        pg::execute(connection, query, pg::Params().add_array(sources, &SourceKey::source_id));
    for (int row = 0; row < rows.rows(); ++row) {
      const SourceKey source{.organization_id = rows.get<Uuid>(row, 0),
                             .source_type = rows.get<std::string>(row, 1),
                             .source_id = rows.get<Uuid>(row, 2)};
      contents[word_of(source)].insert(line(rows, row));
    }
  };
  read(
      "SELECT organization_id, source_type::text, source_id, title, coalesce(visibility, '') FROM "
      "rag_documents "
      "WHERE source_id = ANY ($1)",
      [](const pg::Result& rows, int row) {
        return fmt::format("document '{}' '{}'", rows.get<std::string>(row, 3),
                           rows.get<std::string>(row, 4));
      });
  read(
      "SELECT organization_id, d.source_type::text, d.source_id, c.chunk_index, c.token_count, c.content, "
      "c.embedding::text FROM rag_documents AS d JOIN rag_chunks AS c USING (organization_id) WHERE "
      "c.document_id = d.id AND d.source_id = ANY ($1)",
      [](const pg::Result& rows, int row) {
        return fmt::format("chunk {} {} '{}' {}", rows.get<std::int32_t>(row, 3),
                           rows.get<std::int32_t>(row, 4), rows.get<std::string>(row, 5),
                           numbers(rows.get<std::string>(row, 6)));
      });
  // A node without a document is a link's target; it is nothing of its own source's.
  read(
      "SELECT n.organization_id, n.node_type::text, n.node_id, n.label FROM rag_nodes AS n WHERE n.node_id = "
      "ANY ($1) AND n.document_id IS NOT NULL",
      [](const pg::Result& rows, int row) {
        return fmt::format("node '{}'", rows.get<std::string>(row, 3));
      });
  read(
      "SELECT e.organization_id, f.node_type::text, f.node_id, e.edge_type::text, t.node_type::text, "
      "t.node_id, "
      "e.weight FROM rag_edges AS e JOIN rag_nodes AS f ON (f.organization_id, f.id) = (e.organization_id, "
      "e.from_node_id) JOIN rag_nodes AS t ON (t.organization_id, t.id) = (e.organization_id, e.to_node_id) "
      "WHERE "
      "f.node_id = ANY ($1)",
      [](const pg::Result& rows, int row) {
        return fmt::format("edge {} {}/{} {}", rows.get<std::string>(row, 3), rows.get<std::string>(row, 4),
                           rows.get<Uuid>(row, 5).to_string(), rows.get<double>(row, 6));
      });
  return contents;
}

std::string difference(const std::set<std::string>& wanted, const std::set<std::string>& found) {
  std::string text;
  for (const std::string& line : wanted) {
    if (!found.contains(line)) text += "\n    missing " + line;
  }
  for (const std::string& line : found) {
    if (!wanted.contains(line)) text += "\n    not to be " + line;
  }
  return text;
}

void check_lone_nodes(pg_conn* connection, const std::vector<SourceKey>& sources, Findings& findings) {
  const pg::Result rows = pg::execute(connection,
                                      "SELECT node_type::text, node_id FROM rag_nodes AS n WHERE node_id = "
                                      "ANY ($1) AND document_id IS NULL AND "
                                      "NOT EXISTS (SELECT FROM rag_edges AS e WHERE e.organization_id = "
                                      "n.organization_id AND e.to_node_id = n.id)",
                                      pg::Params().add_array(sources, &SourceKey::source_id));
  for (int row = 0; row < rows.rows(); ++row) {
    findings.violations.push_back(fmt::format("a node that nothing leads to: {} {}",
                                              rows.get<std::string>(row, 0),
                                              rows.get<Uuid>(row, 1).to_string()));
  }
}

}  // namespace

void check_index(pg_conn* connection, const std::vector<SourceKey>& sources,
                 const std::vector<QueueRow>& rows, Findings& findings) {
  std::map<SourceKey, std::string> last;
  for (const QueueRow& row : rows) last[row.source] = row.status;
  Contents wanted = expected(connection, sources), found = stored(connection, sources);
  for (const SourceKey& source : sources) {
    if (last[source] == "failed") continue;
    const std::string word = word_of(source);
    const std::string wrong = difference(wanted[word], found[word]);
    if (!wrong.empty()) findings.violations.push_back("the index is not the source " + word + ":" + wrong);
  }
  check_lone_nodes(connection, sources, findings);
}

}  // namespace ragqueue::torture
