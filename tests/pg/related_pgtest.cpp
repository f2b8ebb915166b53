#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <map>
#include <random>
#include <set>

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

TEST_CASE_METHOD(Graph, "a walk never leaves the organization, though ids are the same") {
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
