#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench.hpp"
#include "db/params.hpp"
#include "embed/http/http_protocol.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/http_embedder.hpp"

namespace ragqueue::bench {

namespace {

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

std::string base64(std::span<const float> vector) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  const auto bytes = std::as_bytes(vector);  // 768 floats are whole groups of three bytes
  for (std::size_t at = 0; at + 2 < bytes.size(); at += 3) {
    const unsigned group = std::to_integer<unsigned>(bytes[at]) << 16U |
                           std::to_integer<unsigned>(bytes[at + 1]) << 8U |
                           std::to_integer<unsigned>(bytes[at + 2]);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) text += alphabet[group >> shift & 63U];
  }
  return '"' + text + '"';
}

std::string numbers(std::span<const float> vector) {
  return fmt::format("[{}]", fmt::join(vector, ","));
}

/// As OpenAI's and llama-server's replies are, for unit vectors.
template <class Write>
std::string reply(std::size_t vectors, std::size_t dimension, const Write& write) {
  std::minstd_rand random(42);
  std::normal_distribution<float> normal(0, 0.036F);
  std::vector<float> vector(dimension);
  std::string json = R"({"object":"list","data":[)";
  for (std::size_t index = 0; index < vectors; ++index) {
    std::ranges::generate(vector, [&] { return normal(random); });
    json += fmt::format(R"({}{{"object":"embedding","index":{},"embedding":{}}})", index == 0 ? "" : ",",
                        index, write(vector));
  }
  json += R"(],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}})";
  json.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  return json;
}

/// What simdjson alone needs for all values of the reply; the sum is only to have them used.
double parse_bare(simdjson::ondemand::parser& parser, const std::string& body) {
  double sum = 0;
  auto document = parser.iterate(body.data(), body.size(), body.capacity());
  for (simdjson::ondemand::object each : document["data"].get_array()) {
    sum += static_cast<double>(std::uint64_t(each["index"].get_uint64()));
    simdjson::ondemand::value embedding = each["embedding"].value();
    if (embedding.type() == simdjson::ondemand::json_type::string) {
      sum += static_cast<double>(std::string_view(embedding.get_string()).size());
    } else {
      for (simdjson::ondemand::value number : embedding.get_array()) sum += double(number.get_double());
    }
  }
  return sum;
}

/// From the reply to the parameter with the vectors: read, checked, copied to their documents, and written as
/// the array that store_chunks.sql takes.
std::size_t read_to_parameter(const HttpProtocol& protocol, const std::string& body, std::size_t count,
                              std::size_t dimension) {
  std::vector<float> vectors(count * dimension);
  VectorRows rows;
  for (std::size_t row = 0; row < count; ++row)
    rows.push_back(std::span(vectors).subspan(row * dimension, dimension));
  if (!protocol.read(body, rows).empty()) throw std::runtime_error("unusable");
  std::vector<float> documents;
  documents.reserve(vectors.size());
  for (const std::span<const float> row : rows) {
    check_vectors(row, dimension);
    documents.insert(documents.end(), row.begin(), row.end());
  }
  std::vector<std::span<const float>> stored;
  for (std::size_t row = 0; row < count; ++row)
    stored.push_back(std::span(documents).subspan(row * dimension, dimension));
  return pg::Params().add_vectors(stored).values().front()->size();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

class ReplyCost final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--vectors", vectors_, "Of a reply");
    options.add_option("--dimension", dimension_, "Of the vectors; a multiple of 3");
    options.add_option("--rounds", rounds_, "Of both in turns");
  }

  Table run() override {
    return {measure("base64", reply(vectors_, dimension_, base64)),
            measure("float", reply(vectors_, dimension_, numbers))};
  }

 private:
  [[nodiscard]] Row measure(const std::string& encoding, const std::string& body) const {
    const auto protocol = make_openai_protocol({.url = "http://localhost", .model = "m"});
    simdjson::ondemand::parser parser;
    std::vector<double> bare;
    std::vector<double> ours;
    double used = 0;
    for (int round = 0; round < rounds_; ++round) {
      const double begin = cpu_ms();
      used += parse_bare(parser, body);
      const double between = cpu_ms();
      used += static_cast<double>(read_to_parameter(*protocol, body, vectors_, dimension_));
      ours.push_back(cpu_ms() - between);
      bare.push_back(between - begin);
    }
    if (used == 0) throw std::runtime_error("nothing was read");
    const double thousand = 1000 / static_cast<double>(vectors_);
    return {{"encoding", encoding},
            {"bytes", body.size()},
            {"simdjson alone, CPU ms/1000 vectors", median(bare) * thousand},
            {"to the parameter, CPU ms/1000 vectors", median(ours) * thousand},
            {"ratio", median(ours) / median(bare)}};
  }

  std::size_t vectors_ = 64;
  std::size_t dimension_ = 768;
  int rounds_ = 301;
};

}  // namespace

std::unique_ptr<Bench> reply_cost() {
  return std::make_unique<ReplyCost>();
}

}  // namespace ragqueue::bench
