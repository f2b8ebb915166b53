#include "embed/model/model_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "ragqueue/builtin_embedder.hpp"
#include "ragqueue/error.hpp"

using namespace ragqueue;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

std::string shipped_bytes() {
  std::ifstream file(EMBED_MODEL_FILE, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct ScratchFile {
  explicit ScratchFile(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  ~ScratchFile() { fs::remove(path); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  fs::path path = fs::path(EMBED_SCRATCH_DIRECTORY) / "damaged.ragq";
};

template <class Number>
void append(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_text(std::string& bytes, const std::string& text) {
  append(bytes, static_cast<std::uint8_t>(text.size()));
  bytes += text;
}

std::uint32_t checksum(const std::string& bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

/// A file of one piece `ab`, a tensor `a` of one float and a tensor `b` of one number in 8 bits with its
/// scale.
std::string model_with(double score, float weight, float scale = 1) {
  std::string body;
  append(body, std::uint32_t{1});
  append(body, score);
  append_text(body, "ab");
  append(body, std::uint32_t{2});
  append_text(body, "a");
  body += std::string("\0\1", 2);  // encoding, dimensions
  append(body, std::uint32_t{1});
  append(body, weight);
  append_text(body, "b");
  body += std::string("\1\1", 2);
  append(body, std::uint32_t{1});
  body += '\7';
  append(body, scale);
  std::string bytes = "RAGQMODL";
  append(bytes, std::uint32_t{1});
  append(bytes, checksum(body));
  return bytes + body;
}

struct Damage {
  std::string reason;
  std::function<void(std::string&)> apply;
};

Fault fault_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.fault();
  }
  FAIL("nothing was thrown");
  return Fault::job;
}

}  // namespace

TEST_CASE("the shipped file holds the vocabulary and the tensors") {
  const ModelFile file = read_model_file(EMBED_MODEL_FILE);
  REQUIRE(file.pieces.size() == 8000);
  CHECK(file.pieces[9].text == "▁the");
  CHECK(file.pieces[9].score == -3.56637144089);
  CHECK(file.pieces[57].text == ":");
  CHECK(file.pieces[57].score == 0);
  CHECK(file.tensors.size() == 30);
  CHECK(file.tensors.at("embedding.weight").shape == std::vector<std::uint32_t>{8002, 256});
  CHECK(file.tensors.at("layer1.expand.weight").quantized.size() == 512UL * 1536);
}

TEST_CASE("a damaged file is refused, by name") {
  const auto damage = GENERATE(values<Damage>({
      {"not a ragqueue model file", [](std::string& bytes) { bytes.clear(); }},
      {"not a ragqueue model file", [](std::string& bytes) { bytes[0] = 'X'; }},
      {"its format is 2, wanted 1", [](std::string& bytes) { bytes[8] = 2; }},
      {"it ends too early", [](std::string& bytes) { bytes.resize(10); }},
      {"its checksum is wrong", [](std::string& bytes) { bytes.pop_back(); }},
      {"its checksum is wrong", [](std::string& bytes) { bytes.resize(bytes.size() / 2); }},
      {"its checksum is wrong", [](std::string& bytes) { bytes[bytes.size() / 2] ^= 1; }},
  }));
  CAPTURE(damage.reason);
  std::string bytes = shipped_bytes();
  damage.apply(bytes);
  const ScratchFile file(bytes);
  const auto read = [&] { static_cast<void>(read_model_file(file.path)); };
  CHECK_THROWS_WITH(read(), ContainsSubstring(damage.reason) && ContainsSubstring(file.path.string()));
  CHECK(fault_of(read) == Fault::setup);
}

TEST_CASE("a number that is none is refused, whatever the checksum says") {
  constexpr float none = std::numeric_limits<float>::quiet_NaN(),
                  endless = std::numeric_limits<float>::infinity();
  const auto crafted = GENERATE(values<Damage>({
      {"the score of the piece 'ab' is nan", [](std::string& bytes) { bytes = model_with(none, 1); }},
      {"the score of the piece 'ab' is -inf", [](std::string& bytes) { bytes = model_with(-endless, 1); }},
      {"the score of the piece 'ab' is inf", [](std::string& bytes) { bytes = model_with(endless, 1); }},
      {"the score of the piece 'ab' is -1e+308", [](std::string& bytes) { bytes = model_with(-1e308, 1); }},
      {"it has the weight nan", [](std::string& bytes) { bytes = model_with(-1, none); }},
      {"it has the weight -inf", [](std::string& bytes) { bytes = model_with(-1, -endless); }},
      {"it has the weight inf", [](std::string& bytes) { bytes = model_with(-1, 1, endless); }},
  }));
  CAPTURE(crafted.reason);
  std::string bytes;
  crafted.apply(bytes);
  const ScratchFile file(bytes);
  const auto read = [&] { static_cast<void>(read_model_file(file.path)); };
  CHECK_THROWS_WITH(read(), ContainsSubstring(crafted.reason));
  CHECK(fault_of(read) == Fault::setup);
}

TEST_CASE("a crafted file of good numbers is read") {
  const ScratchFile file(model_with(-1, 0.5, 0.25));
  const ModelFile model = read_model_file(file.path);
  CHECK(model.pieces.front().score == -1);
  CHECK(model.tensors.at("a").values == std::vector<float>{0.5});
  CHECK(model.tensors.at("b").scales == std::vector<float>{0.25});
}

TEST_CASE("a file that is not there is a matter of setup, and named") {
  const auto open = [] { static_cast<void>(builtin_embedder("/no/such/model.ragq")); };
  CHECK_THROWS_WITH(open(), ContainsSubstring("'/no/such/model.ragq' cannot be read"));
  CHECK(fault_of(open) == Fault::setup);
  CHECK(fault_of([] { static_cast<void>(builtin_embedder(EMBED_SCRATCH_DIRECTORY)); }) == Fault::setup);
}

TEST_CASE("the model is found beside the program") {
  CHECK(builtin_embedder()->dimension() == 512);
}
