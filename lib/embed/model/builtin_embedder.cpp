#include "ragqueue/builtin_embedder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "embed/model/model_file.hpp"
#include "embed/model/model_location.hpp"
#include "embed/model/normalization.hpp"
#include "embed/model/thread_budget.hpp"
#include "embed/model/tokenizer.hpp"
#include "embed/model/transformer.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

constexpr std::size_t dimension_of_model = Transformer::dimension;
constexpr std::size_t max_texts = 256;
/// A text of which less than this part, counted against the rest, stands in pieces is told from others by
/// chance.
constexpr std::size_t least_known = 10;
/// Large enough to make packing the weights for a product cheap, small enough for the activations to stay in
/// the cache.
constexpr std::size_t batch_tokens = 256;

/// At most Transformer::max_tokens of a text's tokens. The windows of a text differ by one token at most.
struct Window {
  std::size_t text = 0;
  std::size_t length = 0;
};

struct Windows {
  std::vector<std::int32_t> tokens;
  std::vector<Window> windows;
};

/// Windows that one batch of products takes.
struct Part {
  std::size_t first_window = 0, first_token = 0;
  std::vector<std::size_t> lengths{};
};

void append_text(Windows& all, std::size_t text, const std::vector<std::int32_t>& tokens) {
  const std::size_t count = (tokens.size() + Transformer::max_tokens - 1) / Transformer::max_tokens;
  for (std::size_t window = 0; window < count; ++window) {
    const std::size_t begin = tokens.size() * window / count;
    all.windows.push_back({text, tokens.size() * (window + 1) / count - begin});
  }
  all.tokens.insert(all.tokens.end(), tokens.begin(), tokens.end());
}

std::vector<Part> parts_of(const std::vector<Window>& windows) {
  std::vector<Part> parts;
  std::size_t tokens = batch_tokens;
  std::size_t first_token = 0;
  for (std::size_t index = 0; index < windows.size(); ++index) {
    const std::size_t length = windows[index].length;
    if (parts.empty() || tokens + length > batch_tokens) {
      parts.push_back({.first_window = index, .first_token = first_token});
      tokens = 0;
    }
    parts.back().lengths.push_back(length);
    tokens += length;
    first_token += length;
  }
  return parts;
}

void add_scaled(std::span<const float> vector, float factor, std::span<float> sum) {
  for (std::size_t index = 0; index < sum.size(); ++index) sum[index] += factor * vector[index];
}

void scale_to_unit(std::span<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += double{value} * double{value};
  const auto factor = static_cast<float>(1 / std::sqrt(squares));
  for (float& value : vector) value *= factor;
}

class BuiltinEmbedder : public Embedder {
 public:
  BuiltinEmbedder(ModelFile file, std::size_t threads)
      : tokenizer_(file.pieces), transformer_(std::move(file.tensors)), threads_(threads) {
    if (file.pieces.size() > transformer_.vocabulary_size()) {
      throw Error(Fault::setup, fmt::format("the model has {} pieces, and embeddings for {}",
                                            file.pieces.size(), transformer_.vocabulary_size()));
    }
  }

  [[nodiscard]] std::string_view name() const override { return "use-lite-en"; }
  [[nodiscard]] std::size_t dimension() const override { return dimension_of_model; }
  [[nodiscard]] EmbedderLimits limits() const override { return {Transformer::max_tokens, max_texts}; }

  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override {
    return tokenizer_.count(normalize_text(text));
  }

  [[nodiscard]] bool knows(std::string_view text) const override {
    if (std::ranges::all_of(text, [](char byte) { return static_cast<unsigned char>(byte) < 0x80; }))
      return true;
    const Tokenizer::Coverage coverage = tokenizer_.coverage(normalize_text(text));
    return coverage.known * least_known >= coverage.unknown;
  }

  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> texts, Purpose /*purpose*/,
                                                std::span<float> vectors,
                                                const std::stop_token& stop) const override {
    check_call(texts, vectors);
    std::vector<RejectedText> rejected;
    Windows all;
    for (std::size_t text = 0; text < texts.size(); ++text) {
      if (auto reason = refusal(texts[text])) {
        rejected.push_back({.index = text, .reason = *std::move(reason)});
      } else {
        append_text(all, text, tokenizer_.encode(normalize_text(texts[text])));
      }
    }
    std::ranges::fill(vectors, 0.0F);
    sum_windows(all, vectors, stop);
    for (std::size_t text = 0; text < texts.size(); ++text) scale_to_unit(row(vectors, text));
    return rejected;
  }

 private:
  static std::span<float> row(std::span<float> vectors, std::size_t index) {
    return vectors.subspan(index * dimension_of_model, dimension_of_model);
  }

  static void check_call(std::span<const std::string_view> texts, std::span<const float> vectors) {
    if (texts.size() > max_texts) {
      throw InvalidInput("texts", std::to_string(texts.size()),
                         fmt::format("a call carries at most {}", max_texts));
    }
    if (vectors.size() != texts.size() * dimension_of_model) {
      throw InvalidInput(
          "vectors", std::to_string(vectors.size()),
          fmt::format("{} texts need {} floats", texts.size(), texts.size() * dimension_of_model));
    }
  }

  [[nodiscard]] std::optional<std::string> refusal(std::string_view text) const {
    if (const auto offset = find_invalid_utf8(text)) return fmt::format("not UTF-8 at byte {}", *offset);
    if (normalize_text(text).empty()) return "nothing but white space";
    if (!knows(text)) return "the model knows none of its pieces";
    return std::nullopt;
  }

  /// A row for each window. Parts are the same for any number of threads, and so are the vectors.
  [[nodiscard]] std::vector<float> encode(const Windows& all, const std::stop_token& stop) const {
    std::vector<float> encoded(all.windows.size() * dimension_of_model);
    const std::vector<Part> parts = parts_of(all.windows);
    std::atomic<std::size_t> next = 0;
    threads_.run(parts.size(), [&] {
      Workspace workspace;
      for (std::size_t index = next++; index < parts.size() && !stop.stop_requested(); index = next++) {
        const auto& [first_window, first_token, lengths] = parts[index];
        const std::size_t tokens = std::accumulate(lengths.begin(), lengths.end(), std::size_t{0});
        transformer_.encode(std::span(all.tokens).subspan(first_token, tokens), lengths, workspace,
                            std::span(encoded).subspan(first_window * dimension_of_model,
                                                       lengths.size() * dimension_of_model));
      }
    });
    return encoded;
  }

  /// Adds to each text's row the vectors of its windows, each as often as it has tokens.
  void sum_windows(const Windows& all, std::span<float> vectors, const std::stop_token& stop) const {
    std::vector<float> encoded = encode(all, stop);
    for (std::size_t index = 0; index < all.windows.size(); ++index) {
      const auto& [text, length] = all.windows[index];
      add_scaled(row(encoded, index), static_cast<float>(length), row(vectors, text));
    }
  }

  Tokenizer tokenizer_;
  Transformer transformer_;
  mutable ThreadBudget threads_;
};

/// Embedders in use, by file and threads.
struct Loaded {
  std::mutex mutex;
  std::map<std::pair<std::filesystem::path, std::size_t>, std::weak_ptr<const Embedder>> by_file;
};

Loaded& loaded() {
  static Loaded instance;
  return instance;
}

}  // namespace

std::shared_ptr<const Embedder> builtin_embedder(const std::filesystem::path& model_file,
                                                 std::size_t threads) {
  if (threads == 0) threads = std::max(std::thread::hardware_concurrency(), 1U);
  const std::filesystem::path path = model_file.empty() ? find_builtin_model() : model_file;
  std::error_code error;
  const std::filesystem::path key = std::filesystem::weakly_canonical(path, error);
  const std::lock_guard lock(loaded().mutex);
  std::weak_ptr<const Embedder>& entry = loaded().by_file[{key, threads}];
  if (auto embedder = entry.lock()) return embedder;
  auto embedder = std::make_shared<const BuiltinEmbedder>(read_model_file(path), threads);
  entry = embedder;
  return embedder;
}

}  // namespace ragqueue
