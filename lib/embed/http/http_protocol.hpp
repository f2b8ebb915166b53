#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "embed/http/text_style.hpp"
#include "ragqueue/http_embedder.hpp"

namespace ragqueue {

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

/// How a server is asked. Thread-safe.
class HttpProtocol {
 public:
  virtual ~HttpProtocol() = default;

  /// The address for requests.
  [[nodiscard]] virtual const std::string& url() const = 0;
  /// How vectors can be asked for, the best first.
  [[nodiscard]] virtual std::span<const VectorEncoding> encodings() const = 0;
  [[nodiscard]] virtual std::string write(std::span<const std::string_view> texts, const TextStyle& style,
                                          VectorEncoding encoding) const = 0;
  /// Reads vectors into their rows; returns the positions of those that are no vectors: not finite, or all
  /// zeros. `body` has room for simdjson's padding behind it. Throws BadReply unless there is one vector for
  /// each row, WrongDimension if it has another length than its row.
  [[nodiscard]] virtual std::vector<std::size_t> read(const std::string& body,
                                                      const VectorRows& rows) const = 0;
  /// What may be wrong with the address where nothing there answers as expected; empty if nothing is known.
  [[nodiscard]] virtual std::string address_hint() const = 0;
};

/// Throws InvalidInput for a URL that cannot be.
[[nodiscard]] std::unique_ptr<const HttpProtocol> make_ollama_protocol(const HttpEmbedderOptions& options);
[[nodiscard]] std::unique_ptr<const HttpProtocol> make_openai_protocol(const HttpEmbedderOptions& options);

}  // namespace ragqueue
