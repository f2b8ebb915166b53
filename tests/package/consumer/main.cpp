// What a program that found ragqueue must be able to do without a database.
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <ragqueue/builtin_embedder.hpp>
#include <ragqueue/enqueue.hpp>
#include <ragqueue/error.hpp>
#include <ragqueue/worker.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "desk.hpp"

namespace {

void check(bool condition, std::string_view promise) {
  if (!condition) {
    std::cerr << "broken: " << promise << '\n';
    std::exit(1);
  }
}

template <class Call>
std::string refused_field(Call call) {
  try {
    call();
  } catch (const ragqueue::InvalidInput& error) {
    return error.field();
  }
  return "nothing";
}

}  // namespace

int main() {
  const std::string id = "0191d3a5-7c1e-7000-8000-00000000002a";
  check(ticket_id(id).to_string() == id, "a UUID reads back");
  check(refused_field([] { ticket_id("42"); }) == "ticket",
        "an exception crosses a shared library's boundary");
  check(refused_field([&] { ragqueue::enqueue_index(nullptr, id, "ticket", id, "explode"); }) == "action",
        "bad input is refused before the connection is used");
  check(refused_field([] { ragqueue::Worker({}, {}); }) == "pipeline", "a worker refuses an empty pipeline");

  const auto embedder = ragqueue::builtin_embedder();
  const std::vector<float> vector = ragqueue::embed_text(*embedder, "printer paper is stuck");
  const float norm = std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0F));
  check(std::abs(norm - 1.0F) < 1e-3F, "the built-in model is found and embeds");
}
