#include <fmt/format.h>

#include <Eigen/Core>
#include <cstddef>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench.hpp"
#include "ragqueue/builtin_embedder.hpp"
#include "statistics.hpp"

namespace ragqueue::bench {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Inputs and outputs of the products that each token takes part in.
constexpr Eigen::Index sizes[][2] = {{256, 512},  {256, 768}, {256, 512},  {512, 1536}, {1536, 512},
                                     {512, 1536}, {512, 512}, {512, 1536}, {1536, 512}};

double operations_a_token() {
  double count = 0;
  for (const auto& size : sizes) count += 2.0 * static_cast<double>(size[0] * size[1]);
  return count;
}

double now(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds(clockid_t clock, const std::function<void()>& action) {
  const double begin = now(clock);
  action();
  return now(clock) - begin;
}

/// Of the thread's processor time, so that a busy machine says nearly the same as an idle one.
double cpu_seconds(const std::function<void()>& action) {
  return seconds(CLOCK_THREAD_CPUTIME_ID, action);
}

/// How much faster two threads are than one that does the same.
class Scaling {
 public:
  std::vector<double> wall;  ///< As the clock says, on whatever processors others leave.
  std::vector<double> cpu;   ///< By processor time: what it would be if each had one of its own.

  void measure(const std::function<void()>& one, const std::function<void()>& two) {
    const auto [one_wall, one_cpu] = times(one);
    const auto [two_wall, two_cpu] = times(two);
    wall.push_back(one_wall / two_wall);
    cpu.push_back(2 * one_cpu / two_cpu);
  }

 private:
  static std::pair<double, double> times(const std::function<void()>& action) {
    double processor = 0;
    const double clock =
        seconds(CLOCK_MONOTONIC, [&] { processor = seconds(CLOCK_PROCESS_CPUTIME_ID, action); });
    return {clock, processor};
  }
};

/// The products of one batch, and nothing else.
class BareProducts {
 public:
  explicit BareProducts(std::size_t tokens) : tokens_(static_cast<Eigen::Index>(tokens)) {
    for (const auto& size : sizes) {
      inputs_.emplace_back(Matrix::Random(tokens_, size[0]));
      weights_.emplace_back(Matrix::Random(size[0], size[1]));
    }
  }
  void operator()() const {
    for (std::size_t index = 0; index < inputs_.size(); ++index) {
      Matrix output(tokens_, weights_[index].cols());
      output.noalias() = inputs_[index] * weights_[index];
    }
  }

 private:
  Eigen::Index tokens_;
  std::vector<Matrix> inputs_, weights_;
};

#if defined(__AVX512F__)
constexpr std::size_t vector_bytes = 64;
#elif defined(__AVX__)
constexpr std::size_t vector_bytes = 32;
#else
constexpr std::size_t vector_bytes = 16;
#endif
using Vector [[gnu::vector_size(vector_bytes)]] = float;

/// Multiplications and additions of one core that nothing holds up: all stays in registers.
double peak_operations_a_second() {
  constexpr int rounds = 1'000'000, chains = 16;
  const double time = cpu_seconds([] {
    Vector factor = Vector{} + 0.5F, summand = Vector{} + 1.0F;
    asm volatile("" : "+x"(factor), "+x"(summand));
    Vector sums[chains] = {};
#pragma GCC unroll 16
    for (int chain = 0; chain < chains; ++chain) asm volatile("" : "+x"(sums[chain]));  // not the same
    for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
      for (int chain = 0; chain < chains; ++chain) sums[chain] = sums[chain] * factor + summand;
    }
#pragma GCC unroll 16
    for (int chain = 0; chain < chains; ++chain) asm volatile("" : "+x"(sums[chain]));
  });
  constexpr double lanes = vector_bytes / sizeof(float);
  return 2 * lanes * rounds * chains / time;
}

std::string text_of(const Embedder& embedder, std::size_t tokens) {
  std::string text = "the";
  while (embedder.count_tokens(text) < tokens) text += " paper";
  return text;
}

class Model final : public Bench {
 public:
  void declare(CLI::App& options) override {
    options.add_option("--tokens", tokens_, "Of a text")->check(CLI::PositiveNumber);
    options.add_option("--texts", texts_, "Of a call")->check(CLI::Range(1, 256));
    options.add_option("--rounds", rounds_, "Of all in turns")->check(CLI::PositiveNumber);
  }

  Table run() override {
    const auto embedder = builtin_embedder(), shared = builtin_embedder({}, 2);
    const std::string text = text_of(*embedder, tokens_);
    const std::vector<std::string_view> call(texts_, text);
    std::vector<float> vectors(call.size() * embedder->dimension());
    const auto embed = [&] { (void)embedder->embed(call, Purpose::document, vectors, {}); };
    const auto embed_shared = [&] { (void)shared->embed(call, Purpose::document, vectors, {}); };
    const BareProducts products(batch_tokens);
    const auto twice = [&] {
      products();
      products();
    };
    const auto at_once = [&] {
      const std::jthread other([&] { products(); });
      products();
    };
    embed_shared();
    products();
    std::vector<double> peak, bare, ours, single, counting;
    Scaling bare_scaling, our_scaling;
    for (int round = 0; round < rounds_; ++round) {
      peak.push_back(peak_operations_a_second() / operations_a_token());
      bare.push_back(batch_tokens / cpu_seconds(products));
      ours.push_back(static_cast<double>(tokens_ * texts_) / cpu_seconds(embed));
      single.push_back(static_cast<double>(tokens_) /
                       cpu_seconds([&] { (void)embed_text(*embedder, text, Purpose::document); }));
      counting.push_back(static_cast<double>(tokens_) /
                         cpu_seconds([&] { (void)embedder->count_tokens(text); }));
      bare_scaling.measure(twice, at_once);
      our_scaling.measure(embed, embed_shared);
    }
    return {
        row_of("processor's peak", peak, bare, peak, {}),
        row_of(fmt::format("bare products, {} rows", batch_tokens), bare, bare, peak, bare_scaling),
        row_of(fmt::format("embed, {} texts of {} tokens", texts_, tokens_), ours, bare, peak, our_scaling),
        row_of("embed, one text", single, bare, peak, {}), row_of("count_tokens", counting, bare, peak, {})};
  }

 private:
  static constexpr int batch_tokens = 256;  // as builtin_embedder.cpp has it

  static Row row_of(const std::string& what, const std::vector<double>& rates,
                    const std::vector<double>& bare, const std::vector<double>& peak,
                    const Scaling& scaling) {
    const Spread of_bare = ratio(rates, bare);
    Row row{{"what", what},
            {"tokens_per_cpu_second", median(rates)},
            {"of_bare_products", of_bare.median},
            {"least", of_bare.least},
            {"most", of_bare.most},
            {"of_peak", ratio(rates, peak).median},
            {"two_threads", nullptr},
            {"two_threads_by_cpu", nullptr}};
    if (!scaling.wall.empty()) {
      row["two_threads"] = median(scaling.wall);
      row["two_threads_by_cpu"] = median(scaling.cpu);
    }
    return row;
  }

  std::size_t tokens_ = 100, texts_ = 100;
  int rounds_ = 15;
};

}  // namespace

std::unique_ptr<Bench> model() {
  return std::make_unique<Model>();
}

}  // namespace ragqueue::bench
