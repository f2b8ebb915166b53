#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

namespace ragqueue {

/// What one call may carry.
struct EmbedderLimits {
  std::size_t max_tokens = 0;  ///< Of one text; a longer one is the chunker's to split.
  std::size_t max_texts = 0;   ///< Of one call.
};

/// What texts are embedded for. Many models embed a question otherwise than the passage that answers it.
enum class Purpose {
  document,  ///< To be stored and found.
  query,     ///< To find documents.
};

/// One text of a call that the embedder refused for what it is.
struct RejectedText {
  std::size_t index = 0;  ///< In the call.
  std::string reason{};   ///< In the embedder's own words.
  bool too_long = false;  ///< It may pass in smaller pieces.
  /// The server failed at it, and serves others, without saying what is wrong: a later attempt may pass.
  bool retryable = false;
  /// Not looked into, since the call's texts fail one after the other: it may be good or bad.
  bool undecided = false;
};

/// The embedder is busy, and says for how long.
class RAGQUEUE_EXPORT EmbedderBusy : public Error {
 public:
  EmbedderBusy(const std::string& message, std::chrono::milliseconds retry_after);
  ~EmbedderBusy() override;

  [[nodiscard]] std::chrono::milliseconds retry_after() const noexcept { return retry_after_; }

 private:
  std::chrono::milliseconds retry_after_;
};

/// Turns texts into vectors. Extension point; one object serves all consumers of a worker, so it must be
/// thread-safe.
class RAGQUEUE_EXPORT Embedder {
 public:
  virtual ~Embedder();

  /// Names the model. Vectors of different names are never compared; the index is bound to one name.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Length of each vector.
  [[nodiscard]] virtual std::size_t dimension() const = 0;
  [[nodiscard]] virtual EmbedderLimits limits() const = 0;
  /// Tokens of `text`, exact or estimated upwards. Cheap: the chunker calls it for every piece.
  [[nodiscard]] virtual std::size_t count_tokens(std::string_view text) const = 0;

  /// Whether the model tells `text` from others. One of which it knows no piece would get the vector of all
  /// such texts: it is stored without a vector, and found by its words alone. Cheap; true unless overridden.
  [[nodiscard]] virtual bool knows(std::string_view text) const;

  /// Writes one vector for each text into `vectors`, row by row: texts.size() × dimension() floats. Returns
  /// the texts that are at fault, in order of index; their rows mean nothing, all others are good. A model
  /// without roles gives the same vectors for either `purpose`.
  /// Texts are UTF-8 and at most limits().max_texts; one that knows() denies is rejected. No input is ever cut
  /// in silence.
  /// Throws Error with Fault::outage when the server is down, busy (EmbedderBusy where it says for how long),
  /// or sends what is no answer at all (too few vectors, a page of HTML), Fault::setup when the model is
  /// missing or its vectors have another dimension; Fault::job where it can be only these texts, and those
  /// cannot be told apart. Once `stop` is requested it returns or throws soon; the vectors then mean nothing.
  [[nodiscard]] virtual std::vector<RejectedText> embed(std::span<const std::string_view> texts,
                                                        Purpose purpose, std::span<float> vectors,
                                                        const std::stop_token& stop) const = 0;
};

/// One text's vector, checked. Throws InvalidInput when the text is rejected, else as embed(): soon after
/// `stop` is requested, Error (Fault::outage).
[[nodiscard]] RAGQUEUE_EXPORT std::vector<float> embed_text(const Embedder& embedder, std::string_view text,
                                                            Purpose purpose = Purpose::query,
                                                            const std::stop_token& stop = {});

/// Throws Error (Fault::job) unless every row is finite and has a norm above zero.
RAGQUEUE_EXPORT void check_vectors(std::span<const float> vectors, std::size_t dimension);

}  // namespace ragqueue
