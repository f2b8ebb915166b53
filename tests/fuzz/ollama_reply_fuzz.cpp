#include "fuzz/reply.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto protocol = ragqueue::make_ollama_protocol({.url = "http://localhost", .model = "m"});
  return ragqueue::testing::try_reply(*protocol, bytes, size);
}
