#include "ragqueue/builtin_embedder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "embed/model_file.hpp"
#include "embed/model_location.hpp"
#include "embed/normalization.hpp"
#include "embed/tokenizer.hpp"
#include "embed/transformer.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

constexpr std::size_t dimension_of_model = Transformer::dimension;
constexpr std::size_t max_texts = 256;
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

void append_text(Windows& all, std::size_t text, const std::vector<std::int32_t>& tokens) {
  const std::size_t count = (tokens.size() + Transformer::max_tokens - 1) / Transformer::max_tokens;
  for (std::size_t window = 0; window < count; ++window) {
    const std::size_t begin = tokens.size() * window / count;
    all.windows.push_back({text, tokens.size() * (window + 1) / count - begin});
  }
  all.tokens.insert(all.tokens.end(), tokens.begin(), tokens.end());
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
  explicit BuiltinEmbedder(ModelFile file) : tokenizer_(file.pieces), transformer_(std::move(file.tensors)) {
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

  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> texts,
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
    return std::nullopt;
  }

  /// Adds to each text's row the vectors of its windows, each as often as it has tokens.
  void sum_windows(const Windows& all, std::span<float> vectors, const std::stop_token& stop) const {
    Workspace workspace;
    std::vector<std::size_t> lengths;
    std::vector<float> encoded;
    std::size_t first_token = 0;
    for (std::size_t first = 0; first < all.windows.size() && !stop.stop_requested();
         first += lengths.size()) {
      std::size_t tokens = 0;
      lengths.clear();
      for (std::size_t next = first; next < all.windows.size(); ++next) {
        if (!lengths.empty() && tokens + all.windows[next].length > batch_tokens) break;
        lengths.push_back(all.windows[next].length);
        tokens += lengths.back();
      }
      encoded.resize(lengths.size() * dimension_of_model);
      transformer_.encode(std::span(all.tokens).subspan(first_token, tokens), lengths, workspace, encoded);
      for (std::size_t index = 0; index < lengths.size(); ++index) {
        add_scaled(row(encoded, index), static_cast<float>(lengths[index]),
                   row(vectors, all.windows[first + index].text));
      }
      first_token += tokens;
    }
  }

  Tokenizer tokenizer_;
  Transformer transformer_;
};

/// Embedders in use, by file.
struct Loaded {
  std::mutex mutex;
  std::map<std::filesystem::path, std::weak_ptr<const Embedder>> by_file;
};

Loaded& loaded() {
  static Loaded instance;
  return instance;
}

}  // namespace

std::shared_ptr<const Embedder> builtin_embedder(const std::filesystem::path& model_file) {
  const std::filesystem::path path = model_file.empty() ? find_builtin_model() : model_file;
  std::error_code error;
  const std::filesystem::path key = std::filesystem::weakly_canonical(path, error);
  const std::lock_guard lock(loaded().mutex);
  std::weak_ptr<const Embedder>& entry = loaded().by_file[key];
  if (auto embedder = entry.lock()) return embedder;
  auto embedder = std::make_shared<const BuiltinEmbedder>(read_model_file(path));
  entry = embedder;
  return embedder;
}

}  // namespace ragqueue
