#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

namespace ragqueue {

/// A server that embeds over HTTP, and how much to ask of it. A server that takes less than a request's
/// limits here says so once; what it takes is found out and kept to.
struct HttpEmbedderOptions {
  /// `http://` or `https://`, with a path where the server's API is not at the root; a user and password may
  /// stand before the host.
  std::string url{};
  std::string model{};
  std::size_t dimension = 0;  ///< Of the vectors; 0 asks the server, which must be up then.
  bool cut = false;           ///< Has the server cut its vectors to `dimension`.
  std::string api_key{};      ///< Sent as `Authorization: Bearer`; in no error and no log line.
  std::vector<std::pair<std::string, std::string>> headers{};  ///< Sent with each request.
  std::string ca_file{};     ///< PEM of the authorities to trust for https; empty for the system's.
  std::string keep_alive{};  ///< How long Ollama keeps the model, such as `10m`; empty for its default.

  std::size_t max_tokens = 512;             ///< Of a text, as estimated; the chunker's limit.
  std::size_t max_request_texts = 64;       ///< Fewer where that keeps more of the server busy.
  std::size_t max_request_tokens = 32'768;  ///< As estimated.
  std::size_t max_request_bytes = 1'500'000;
  std::size_t max_reply_bytes = std::size_t{64} << 20U;  ///< At least 24 × `dimension`.
  std::size_t min_parallel = 1;   ///< Calls in flight, of all consumers together: between
  std::size_t max_parallel = 16;  ///< these two, as many as make the server quicker.

  std::chrono::milliseconds connect_deadline{5'000};
  std::chrono::milliseconds call_deadline{120'000};     ///< From connecting to the reply's last byte.
  std::chrono::milliseconds retry_after_limit{30'000};  ///< Waited in all where the server asks for patience.
};

/// Ollama: `/api/embed`, or `/api/embeddings` where the server knows only that. The name that an index is
/// bound to is the model's (without `:latest`), and `@dimension` where vectors are cut.
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

}  // namespace ragqueue
