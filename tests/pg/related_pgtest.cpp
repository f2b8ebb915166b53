#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <stop_token>
#include <thread>

#include "ragqueue/error.hpp"
#include "ragqueue/related.hpp"
#include "support/searchable.hpp"

using namespace ragqueue;
using testing::Searchable;
using testing::uuid;

namespace {

struct Graph : Searchable {
  void link(unsigned organization, unsigned from, const std::vector<Link>& links) const {
    store({.source = key(organization, from), .title = "T" + std::to_string(from), .links = links}, {"text"});
  }
  static Link to(unsigned number, const std::string& edge_type = "related", double weight = 1) {
    return {.source_type = "kb", .source_id = uuid(number), .edge_type = edge_type, .weight = weight};
  }
};

}  // namespace

TEST_CASE_METHOD(Graph, "a walk shows each source once, nearest first, with the edge that led there") {
  link(1, 1, {to(2, "seealso", 0.5), to(2, "guide", 2), to(3)});
  link(1, 3, {to(4), to(1)});
  link(1, 5, {to(1, "seealso", 3)});
  const auto near = related(database.get(), key(1, 1));
  REQUIRE(near.size() == 3);
  CHECK(near[0].node_id == uuid(5));
  CHECK_FALSE(near[0].forward);
  CHECK(near[0].edge_type == "seealso");
  CHECK(near[0].weight == 3);
  CHECK(near[1].node_id == uuid(2));
  CHECK(near[1].edge_type == "guide");
  CHECK(near[1].from_id == uuid(1));
  CHECK_FALSE(near[1].indexed);
  CHECK(near[2].node_id == uuid(3));
  CHECK(near[2].indexed);
  CHECK(near[2].title == "T3");
  CHECK(near[2].forward);

  const auto far = related(database.get(), key(1, 1), 2);
  REQUIRE(far.size() == 4);
  CHECK(far[3].node_id == uuid(4));
  CHECK(far[3].depth == 2);
  CHECK(far[3].from_id == uuid(3));
  CHECK(related(database.get(), key(1, 1), 10).size() == 4);
  CHECK(related(database.get(), key(1, 1), 10, 2).size() == 2);
}

TEST_CASE_METHOD(Graph, "a walk never leaves the organization, though ids are the same", "[promise-13]") {
  link(1, 1, {to(2)});
  link(2, 2, {to(3)});
  link(2, 1, {to(4)});
  const auto nodes = related(database.get(), key(1, 1), 5);
  REQUIRE(nodes.size() == 1);
  CHECK(nodes[0].node_id == uuid(2));
  CHECK_FALSE(nodes[0].indexed);
}

TEST_CASE_METHOD(
    Graph, "a source that is no node, and a depth that is none, are refused; one without links is alone") {
  link(1, 1, {});
  CHECK(related(database.get(), key(1, 1)).empty());
  CHECK_THROWS_AS(related(database.get(), key(1, 2)), InvalidInput);
  CHECK_THROWS_AS(related(database.get(), key(2, 1)), InvalidInput);
  CHECK_THROWS_AS(related(database.get(), key(1, 1), 0), InvalidInput);
  CHECK_THROWS_AS(related(database.get(), key(1, 1), max_related_depth + 1), InvalidInput);
}

TEST_CASE_METHOD(Graph, "on a random graph full of cycles, depths are those of a breadth-first walk") {
  std::mt19937 random(7);
  constexpr unsigned nodes = 40;
  std::uniform_int_distribution<unsigned> any(1, nodes);
  std::map<unsigned, std::set<unsigned>> neighbours;
  for (unsigned from = 1; from <= nodes; ++from) {
    std::vector<Link> links;
    for (int count = 0; count < 2; ++count) {
      const unsigned target = any(random);
      links.push_back(to(target));
      neighbours[from].insert(target);
      neighbours[target].insert(from);
    }
    link(1, from, links);
  }
  std::map<unsigned, int> depth{{1, 0}};
  std::deque<unsigned> open{1};
  for (; !open.empty(); open.pop_front()) {
    for (const unsigned next : neighbours[open.front()]) {
      if (depth.emplace(next, depth[open.front()] + 1).second) open.push_back(next);
    }
  }
  const auto reached = related(database.get(), key(1, 1), max_related_depth);
  CHECK(reached.size() == depth.size() - 1);
  for (const RelatedNode& node : reached) {
    const auto number = static_cast<unsigned>(std::stoul(node.node_id.to_string().substr(24)));
    CHECK(node.depth == depth.at(number));
  }
}

TEST_CASE_METHOD(Graph, "of a node with 100,000 links the heaviest are shown, at once, at every depth") {
  link(1, 1, {to(2, "related", 0.5)});
  database.run(R"sql(
    WITH hub AS (SELECT * FROM rag_nodes WHERE node_id = '00000000-0000-4000-8000-000000000001'),
         made AS (INSERT INTO rag_nodes (organization_id, node_type, node_id, label)
                  SELECT organization_id, 'kb', gen_random_uuid(), n::text FROM hub, generate_series(1, 100000) AS n RETURNING *)
    INSERT INTO rag_edges (organization_id, from_node_id, to_node_id, edge_type, weight)
    SELECT hub.organization_id, hub.id, made.id, 'related', 1 + made.label::float8 FROM hub, made;
    ANALYZE rag_edges, rag_nodes)sql");
  for (const int depth : {1, 2, max_related_depth}) {
    const ReadOptions limited{.statement_timeout = std::chrono::seconds(2)};
    const auto nodes = related(database.get(), key(1, 1), depth, 3, limited);
    REQUIRE(nodes.size() == 3);
    CHECK(nodes[0].weight == 100'001);
    CHECK(nodes[2].weight == 99'999);
    CHECK(related(database.get(), key(1, 2), depth, 100, limited).size() == (depth == 1 ? 1 : 100));
  }
}

TEST_CASE_METHOD(Graph, "a node that several edges lead to counts once towards the limit") {
  std::vector<Link> links;
  for (int edge = 0; edge < 30; ++edge) links.push_back(to(2, "edge" + std::to_string(edge), 100));
  for (unsigned target = 3; target <= 6; ++target) links.push_back(to(target));
  link(1, 1, links);
  CHECK(related(database.get(), key(1, 1), 1, 4).size() == 4);
}

TEST_CASE_METHOD(Graph, "a walk ends when it is told to stop, and a limit beyond the most is refused") {
  link(1, 1, {to(2)});
  std::stop_source source;
  const testing::Database other(database.conninfo());
  other.run("BEGIN; LOCK TABLE rag_edges IN ACCESS EXCLUSIVE MODE");
  const std::jthread later([&] { source.request_stop(); });
  CHECK_THROWS_AS(related(database.get(), key(1, 1), 1, 10, {.stop = source.get_token()}), Error);
  other.run("COMMIT");
  CHECK_THROWS_AS(related(database.get(), key(1, 1), 1, max_related_limit + 1), InvalidInput);
}
