#include "schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace ragqueue::torture {

using std::chrono::milliseconds;

namespace {

struct Kind {
  Blow blow;
  const char* name;
  int weight;
  std::array<int, 2> lasts;  ///< ms, least and most
  std::array<int, 2> size;
};

constexpr std::array kinds = {
    Kind{Blow::kill_worker, "kill worker", 8, {0, 600}, {0, 0}},
    Kind{Blow::freeze_worker, "freeze worker", 5, {700, 1'600}, {0, 0}},
    Kind{Blow::stop_worker, "stop worker", 3, {100, 800}, {0, 0}},
    Kind{Blow::terminate_backends, "terminate backends", 5, {0, 0}, {1, 6}},
    Kind{Blow::stop_fast, "stop PostgreSQL fast", 2, {0, 700}, {0, 0}},
    Kind{Blow::stop_immediate, "stop PostgreSQL immediately", 2, {0, 700}, {0, 0}},
    Kind{Blow::hold_network, "hold the network of worker", 4, {100, 1'500}, {0, 0}},
    Kind{Blow::hold_and_cut, "hold, then cut the network of worker", 4, {100, 1'500}, {0, 0}},
    Kind{Blow::cut_network, "cut the network of worker", 4, {0, 1'000}, {0, 0}},
    Kind{Blow::lose_commit, "lose a COMMIT's answer to worker", 8, {0, 0}, {0, 0}},
    Kind{Blow::cut_after, "cut an answer to worker", 6, {0, 0}, {1, 6'000}},
    Kind{Blow::embedder_outage, "no embedder", 3, {50, 600}, {0, 0}},
    Kind{Blow::embedder_busy, "a busy embedder", 3, {200, 800}, {10, 60}},
    Kind{Blow::embedder_slow, "a slow embedder", 5, {300, 1'500}, {20, 400}},
    Kind{Blow::fail_over, "fail over", 0, {0, 300}, {0, 1}},
};

const Kind& kind_of(Blow blow) {
  return *std::ranges::find(kinds, blow, &Kind::blow);
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  int number(int least, int most) { return std::uniform_int_distribution<>(least, most)(random_); }
  const Kind& kind() {
    std::array<int, kinds.size()> weights{};
    std::ranges::transform(kinds, weights.begin(), &Kind::weight);
    return kinds.at(std::discrete_distribution<std::size_t>(weights.begin(), weights.end())(random_));
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace

std::string to_string(Blow blow) {
  return kind_of(blow).name;
}

std::vector<Strike> make_schedule(std::uint64_t seed, std::size_t workers, milliseconds length,
                                  bool fails_over) {
  Dice dice(seed);
  constexpr int ms_a_strike = 250;
  const int whole = static_cast<int>(length.count());
  std::vector<Strike> strikes;
  const auto add = [&](const Kind& kind, int at) {
    strikes.push_back({.at = milliseconds(at),
                       .lasts = milliseconds(dice.number(kind.lasts[0], kind.lasts[1])),
                       .blow = kind.blow,
                       .worker = static_cast<std::size_t>(dice.number(0, static_cast<int>(workers) - 1)),
                       .size = dice.number(kind.size[0], kind.size[1])});
  };
  for (int count = whole / ms_a_strike; count > 0; --count) add(dice.kind(), dice.number(100, whole));
  if (fails_over) add(kind_of(Blow::fail_over), whole / 2);
  std::ranges::sort(strikes, {}, &Strike::at);
  return strikes;
}

std::string describe(const Strike& strike) {
  return fmt::format("{:>5} ms: {} (worker {}, {} ms, size {})", strike.at.count(), to_string(strike.blow),
                     strike.worker, strike.lasts.count(), strike.size);
}

}  // namespace ragqueue::torture
