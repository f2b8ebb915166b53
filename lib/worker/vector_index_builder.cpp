#include "worker/vector_index_builder.hpp"

#include <fmt/format.h>

#include <utility>

#include "db/transaction.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/vector_index.hpp"
#include "worker/thrown.hpp"

namespace ragqueue {

namespace {

constexpr std::chrono::minutes after_failure{10};

/// Of the exception being handled.
bool is_setup_fault() {
  try {
    throw;
  } catch (const Error& error) {
    return error.fault() == Fault::setup;
  } catch (...) {
    return false;
  }
}

}  // namespace

void VectorIndexBuilder::look(pg_conn* connection, std::uint64_t done, const std::stop_token& stop) {
  const std::scoped_lock lock(mutex_);
  if (settled_ || busy_ || Clock::now() < next_look_) return;
  // A drain asks when all is done, whoever did it.
  if (!options_.drain && seen_ == done) return;
  const VectorIndex found =
      pg::limited(connection, [&] { return vector_index(connection, options_.vector_index_from); });
  settled_ = found == VectorIndex::ready;
  if (found == VectorIndex::unneeded) seen_ = done;
  if (!options_.drain) next_look_ = Clock::now() + options_.heartbeat_interval;
  if (found != VectorIndex::due) return;
  busy_ = true;
  thread_ = std::jthread([this, stop] {
    build(stop);
    busy_ = false;
    ended_();
  });
}

void VectorIndexBuilder::build(const std::stop_token& stop) {
  log(LogLevel::info, "the vector index is being built; until it stands, searches compare all chunks");
  const auto begin = Clock::now();
  bool give_up = false;
  try {
    const VectorIndex found = build_vector_index(options_.conninfo, options_.vector_index_from, stop);
    if (found == VectorIndex::ready) {
      log(LogLevel::info, fmt::format("the vector index stands, after {:.1f} s",
                                      std::chrono::duration<double>(Clock::now() - begin).count()));
    }
    return;
  } catch (...) {
    if (stop.stop_requested()) return;
    give_up = is_setup_fault();
    log(LogLevel::warning, fmt::format("the vector index is due and was not built: {}{}", words_of_thrown(),
                                       give_up ? "; have the owner of the tables run: rag_worker init" : ""));
  }
  const std::scoped_lock lock(mutex_);
  settled_ = give_up;
  next_look_ = Clock::now() + after_failure;
}

void VectorIndexBuilder::wait() {
  if (thread_.joinable()) thread_.join();
}

void VectorIndexBuilder::log(LogLevel level, std::string message) const {
  if (options_.log) options_.log({.level = level, .message = std::move(message), .fields = {}});
}

}  // namespace ragqueue
