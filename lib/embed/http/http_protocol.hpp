#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "embed/http/http_verdict.hpp"

namespace ragqueue {

struct HttpEmbedderOptions;

/// A reply with status 200 that is not to be believed.
class BadReply : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A reply whose vectors are of another dimension.
class WrongDimension : public BadReply {
 public:
  WrongDimension(std::size_t got, std::size_t wanted);
  [[nodiscard]] std::size_t got() const noexcept { return got_; }

 private:
  std::size_t got_;
};

/// Where each vector of a request goes, by the text's position in the request; each of the same length.
using VectorRows = std::vector<std::span<float>>;

/// How a server is asked. A server may know only a second, lesser way, which is found out by its refusing the
/// first. Thread-safe.
class HttpProtocol {
 public:
  enum class Way { first, second };

  virtual ~HttpProtocol() = default;

  /// The address for requests.
  [[nodiscard]] virtual const std::string& url(Way way) const = 0;
  /// Texts that a request can have at all.
  [[nodiscard]] virtual std::size_t max_texts(Way way) const = 0;
  /// Whether the server may cut a text that is too long without saying so.
  [[nodiscard]] virtual bool cuts_in_silence(Way way) const = 0;
  [[nodiscard]] virtual std::string write(std::span<const std::string_view> texts, Way way) const = 0;
  /// The verdict that tells that the server knows only the second way.
  [[nodiscard]] virtual Verdict::Kind first_way_refused() const = 0;
  /// Reads vectors into their rows; returns the positions of those that are no vectors: not finite, or all
  /// zeros. `body` has room for simdjson's padding behind it. Throws BadReply unless there is one vector for
  /// each row, WrongDimension if it has another length than its row.
  [[nodiscard]] virtual std::vector<std::size_t> read(const std::string& body, const VectorRows& rows,
                                                      Way way) const = 0;
};

/// Throws InvalidInput for a URL that cannot be.
[[nodiscard]] std::unique_ptr<const HttpProtocol> make_ollama_protocol(const HttpEmbedderOptions& options);
[[nodiscard]] std::unique_ptr<const HttpProtocol> make_openai_protocol(const HttpEmbedderOptions& options);

}  // namespace ragqueue
