#include <fmt/format.h>

#include <array>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "bench.hpp"

using namespace ragqueue::bench;

namespace {

struct Entry {
  const char* name;
  const char* description;
  std::unique_ptr<Bench> (*make)();
};

// One line for each measurement.
constexpr std::array entries{
    Entry{"drain", "claim and complete jobs that do nothing, beside the baseline's SQL", drain},
    Entry{"edit_trace", "share of chunks embedded as documents change, beside a splitter of fixed size",
          edit_trace},
    Entry{"enqueue", "one by one, in groups and in bulk, beside the baseline's INSERT and COPY", enqueue},
    Entry{"enqueue_beside",
          "time of an enqueue beside a transaction that enqueued the same source and stays open",
          enqueue_beside},
    Entry{"extract", "MB/s, chunks and tokens of HTML pages, beside libxml2 alone", extract},
    Entry{"filtered_search", "k of k and latency of filtered vector search, beside an exact scan",
          filtered_search},
    Entry{"first_load",
          "seconds to store an organization's chunks with the HNSW index standing, and with it built "
          "afterwards",
          first_load},
    Entry{"latency", "from an enqueue until an idle worker has claimed it, beside bare LISTEN and SQL",
          latency},
    Entry{"memory", "a worker's resident size as it runs jobs that do nothing", memory},
    Entry{"model", "tokens a second of the built-in model, beside bare matrix products of the same sizes",
          model},
    Entry{"poison",
          "seconds until the good texts are indexed, with others among them that the embedder fails at",
          poison},
    Entry{"reply_cost", "CPU time from an embedder's reply to what PostgreSQL is sent, beside simdjson alone",
          reply_cost},
    Entry{"rescue", "seconds from the SIGKILL of a worker until another runs its job", rescue},
    Entry{"search_beside", "seconds that a question takes while a server of one slot indexes", search_beside},
    Entry{"standing", "cost of a claim beside many rows that are done or not due, beside an empty table's",
          standing},
    Entry{"utilization", "how much of an embedding server a worker keeps busy", utilization},
    Entry{"wal", "bytes that a job writes to the WAL from its request to its end, beside the baseline's SQL",
          wal},
};

std::string cell(const nlohmann::ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? fmt::format("{:.2f}", value.get<double>()) : value.dump();
}

void print(const Table& table) {
  if (table.empty()) return;
  std::vector<std::size_t> widths;
  for (const auto& [name, first] : table.front().items()) {
    std::size_t width = name.size();
    for (const Row& row : table) width = std::max(width, cell(row.at(name)).size());
    widths.push_back(width);
  }
  std::string text;
  std::size_t column = 0;
  for (const auto& [name, first] : table.front().items())
    text += fmt::format("{:>{}}  ", name, widths.at(column++));
  for (const Row& row : table) {
    text += '\n';
    column = 0;
    for (const auto& [name, value] : row.items())
      text += fmt::format("{:>{}}  ", cell(value), widths.at(column++));
  }
  fmt::print("{}\n", text);
}

int run(int argc, char** argv) {
  CLI::App app("Measures ragqueue against a PostgreSQL of its own.", "ragqueue_bench");
  bool json = false;
  app.add_flag("--json", json, "Print one JSON document");
  app.require_subcommand(1);
  app.fallthrough();
  app.option_defaults()->always_capture_default();
  std::vector<std::unique_ptr<Bench>> benches;
  for (const Entry& entry : entries) {
    benches.push_back(entry.make());
    benches.back()->declare(*app.add_subcommand(entry.name, entry.description));
  }
  CLI11_PARSE(app, argc, argv);
  for (std::size_t index = 0; index < entries.size(); ++index) {
    if (!app.got_subcommand(entries.at(index).name)) continue;
    const Table table = benches[index]->run();
    if (json) {
      fmt::print("{}\n", nlohmann::ordered_json(table).dump(2));
    } else {
      print(table);
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
