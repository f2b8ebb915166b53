#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

namespace ragqueue {

/// How vectors are asked for; whatever comes is read.
enum class VectorEncoding {
  automatic,  ///< As base64; a server that does not take that is asked otherwise from then on.
  base64,     ///< `"encoding_format":"base64"`, a quarter of the bytes.
  floats,     ///< `"encoding_format":"float"`
  unnamed,    ///< Without `encoding_format`.
};

/// A server that embeds over HTTP, and how much to ask of it. A server that takes less than a request's
/// limits here says so once; what it takes is found out and kept to.
struct HttpEmbedderOptions {
  /// `http://` or `https://`, with a path where the server's API is not at the root; a user and password may
  /// stand before the host. `http+unix:///run/server.sock:/v1` is a socket and a path.
  std::string url{};
  std::string model{};
  std::size_t dimension = 0;  ///< Of the vectors; 0 asks the server, which must be up then.
  bool cut = false;           ///< Has the server cut its vectors to `dimension`.
  std::string api_key{};      ///< Sent as `Authorization: Bearer`; in no error and no log line.
  std::vector<std::pair<std::string, std::string>> headers{};  ///< Sent with each request.
  /// Asked when the embedder is made, and again when the server answers 401 or 403, for headers that hold
  /// keys or tokens; in no error and no log line. Called by one thread at a time. May be empty.
  std::function<std::vector<std::pair<std::string, std::string>>()> read_headers{};
  /// PEM of the authorities to trust for https; empty for those in the variable SSL_CERT_FILE, or the
  /// system's.
  std::string ca_file{};
  std::string cert_file{};   ///< PEM of a certificate and its key, to show to the server; empty for none.
  std::string keep_alive{};  ///< How long Ollama keeps the model, such as `10m`; empty for its default.

  /// Before each document and each question; unset for what known_prefixes() has for the model, if anything.
  std::optional<std::string> document_prefix{}, query_prefix{};
  std::string body{};        ///< A JSON object whose members are added to each request; empty for none.
  std::string query_body{};  ///< The same for questions, where its members win.
  VectorEncoding encoding = VectorEncoding::automatic;  ///< Ollama's `/api/embed` has one only.

  std::size_t max_tokens = 512;             ///< Of a text, as estimated; the chunker's limit.
  std::size_t max_request_texts = 64;       ///< Fewer where that keeps more of the server busy.
  std::size_t max_request_tokens = 32'768;  ///< As estimated.
  std::size_t max_request_bytes = 1'500'000;
  std::size_t max_reply_bytes = std::size_t{64} << 20U;  ///< At least 24 × `dimension`.
  std::size_t min_parallel = 1;   ///< Calls in flight, of all consumers together: between
  std::size_t max_parallel = 16;  ///< these two, as many as make the server quicker.

  std::chrono::milliseconds connect_deadline{5'000};
  /// From connecting to the reply's last byte. A call that takes far longer than others did is given up
  /// sooner; a server that answers none in time gets more the next time.
  std::chrono::milliseconds call_deadline{120'000};
  std::chrono::milliseconds retry_after_limit{30'000};  ///< Waited in all where the server asks for patience.
};

/// Ollama: `/api/embed`, which it has since 0.2. The name that an index is bound to is the model's (without
/// `:latest`), `@dimension` where vectors are cut, and all that changes the vectors: prefixes and bodies.
///
/// A call is split into requests, which go out at the same time as far as the server gains by it. Redirects
/// are not followed. Proxies are those of the environment, as curl has them. Throws InvalidInput for options
/// that cannot be, Error (outage, setup) where the dimension must be asked and cannot be had.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const Embedder> ollama_embedder(
    const HttpEmbedderOptions& options);

/// The same for `/v1/embeddings`: OpenAI, vLLM, llama-server, text-embeddings-inference and others. A `url`
/// without a path means `/v1`; to one with a path, only `/embeddings` is added.
[[nodiscard]] RAGQUEUE_EXPORT std::shared_ptr<const Embedder> openai_embedder(
    const HttpEmbedderOptions& options);

/// Has an embedder over HTTP ask `read_headers` now, for the calls from then on; returns false where it has
/// none, or is another kind of embedder. Throws Error (setup), after which the old headers stay.
RAGQUEUE_EXPORT bool read_headers_again(const Embedder& embedder);

}  // namespace ragqueue
