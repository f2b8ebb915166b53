// A server that only enqueues: what it can do without a database, and what it links.
#include <iostream>
#include <ragqueue/connection.hpp>
#include <ragqueue/enqueue.hpp>
#include <ragqueue/enqueue_statement.hpp>
#include <string>

namespace {

template <class Error, class Call>
bool throws(Call call) {
  try {
    call();
  } catch (const Error&) {
    return true;
  }
  return false;
}

}  // namespace

int main() {
  const std::string id = "0191d3a5-7c1e-7000-8000-00000000002a";
  const bool holds =
      throws<ragqueue::InvalidInput>([&] { ragqueue::enqueue_index(nullptr, id, "ticket", "42"); }) &&
      throws<ragqueue::Misuse>([&] { ragqueue::enqueue_index(nullptr, id, "ticket", id); }) &&
      throws<ragqueue::Error>([] { ragqueue::Connection("host=/nonexistent"); }) &&
      ragqueue::enqueue_statement({.source = {{}, "ticket", {}}}).parameters.size() == 6;
  if (!holds) std::cerr << "broken\n";
  return holds ? 0 : 1;
}
