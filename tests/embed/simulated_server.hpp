#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "embed/http/http_parallel.hpp"

namespace ragqueue::testing {

/// A server, and a client that always has more to send. Times are in seconds, and made up.
struct ServerKind {
  std::string name{};
  std::size_t slots = 8;
  double service = 0.020;      ///< A call's mean time in its slot.
  double spread = 0;           ///< Standard deviation of its logarithm.
  bool uneven = false;         ///< Calls are of 1 to 8 texts, and not of one.
  double knee = 0;             ///< Unless 0, no slots: n calls at once take 1 + n / knee times as long.
  double turnaround = 0.0005;  ///< Between an answer and the next call's arrival, on average.
  double hiccups = 0;          ///< A second, on average, in which the client does nothing for 10 ms.
  std::size_t refuses_over = SIZE_MAX;  ///< Calls at once.
};

/// A discrete-event simulation; the same for the same seed.
class SimulatedServer {
 public:
  struct Seen {
    double time = 0;
    double all_busy = 0;  ///< Time.
    double trying = 0;    ///< Time of trials.
    double above =
        0;  ///< Time outside of trials with more in flight than the slots and half as many, or one.
    double work = 0;
    std::size_t most_in_flight = 0;
    std::size_t refusals = 0;
  };

  explicit SimulatedServer(ServerKind kind, unsigned seed = 1);

  void run(ParallelLimit& limit, std::size_t answers);
  void set_slots(std::size_t slots) { kind_.slots = slots; }
  void set_service(double seconds) { kind_.service = seconds; }

  [[nodiscard]] const Seen& seen() const { return seen_; }
  void forget() { seen_ = {}; }

 private:
  struct Call {
    double left = 0;  ///< Of its time in a slot, were it alone.
    double work = 0;
    double sent = 0;
  };
  enum class What { arrives, is_answered, is_refused };
  struct Event {
    double at = 0;
    What what{};
    Call call{};
    bool operator<(const Event& other) const { return at > other.at; }
  };

  void send(std::size_t limit);
  void pass(double time, const ParallelLimit& limit);
  void end(std::size_t running);
  void arrive(const Call& call);
  void admit();
  [[nodiscard]] bool full() const { return kind_.knee == 0 && running_.size() >= kind_.slots; }
  [[nodiscard]] double slowness() const;
  [[nodiscard]] double half_turn();
  [[nodiscard]] double awake(double time);

  ServerKind kind_;
  std::mt19937_64 random_;
  double now_ = 0;
  double hiccup_from_ = 0, hiccup_to_ = 0;
  std::size_t in_flight_ = 0;
  std::vector<Call> running_;
  std::deque<Call> waiting_;
  std::priority_queue<Event> events_;
  Seen seen_;
};

}  // namespace ragqueue::testing
