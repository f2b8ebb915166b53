#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ragqueue/error.hpp"
#include "ragqueue/export.hpp"

namespace ragqueue::testing {

/// The vector that a FakeEmbeddingServer has for `text`: length 1, of `dimension` components, the same on
/// every machine. `dimension` is at least 1.
RAGQUEUE_EXPORT std::vector<float> fake_vector(std::string_view text, std::size_t dimension);

/// Whose manners a FakeEmbeddingServer has.
enum class EmbeddingDialect {
  ollama,         ///< `/api/embed`, `/api/embeddings` and `/v1/embeddings`.
  legacy_ollama,  ///< Only `/api/embeddings`; its vectors are not normalized: they are 12 times too long.
  openai,
  llama_server,               ///< An empty text has a vector of zeros.
  text_embeddings_inference,  ///< `/v1/embeddings` and `/embed`.
  vllm,
};

/// An HTTP request as it came.
struct ReceivedRequest {
  std::string method;
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};

  /// The first header of that name, in any case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// A request for vectors, as a fault's script sees it.
struct EmbeddingCall {
  std::size_t number = 0;  ///< From 1, in the order of arrival.
  std::string path{};
  std::vector<std::string> texts{};
  std::string body{};           ///< The request's JSON.
  std::string authorization{};  ///< The header's value.
};

/// The five shapes that errors have.
enum class ErrorShape {
  nested,      ///< `{"error":{"message","type","param","code"}}`
  text,        ///< `{"error":"…"}`
  object,      ///< `{"object":"error","message","type","code":400}`
  flat,        ///< `{"message","code","type"}`
  error_type,  ///< `{"error","error_type"}`
};

/// What goes wrong with one reply.
struct ServerFault {
  enum class Kind {
    late,                ///< The right reply, after `pause`.
    held,                ///< The right reply, after FakeEmbeddingServer::release().
    refused,             ///< `status`, with `message` or the dialect's own words for that status.
    bad_text,            ///< The dialect's refusal of a batch in which there is a text that it cannot embed.
    reset_before_reply,  ///< The connection is reset.
    reset_within_reply,  ///< The same, after half of the reply.
    half_reply,          ///< Half of the reply, then an orderly end.
    slow_reply,          ///< The right reply, a byte every `pause`.
    wrong_count,         ///< The last vector is left out; a single one is there twice.
    duplicate_index,     ///< The last vector has the first one's index (OpenAI's dialects only).
    missing_index,       ///< The last vector has no index (OpenAI's dialects only).
    shuffled,            ///< Vectors in another order, each with its right index (OpenAI's dialects only).
    wrong_dimension,     ///< Every vector is one component short.
    not_a_number,        ///< The last vector has a NaN, written, or refused, as the dialect does it.
    zeros,               ///< The last vector is all zeros.
    huge_reply,          ///< `size` bytes of JSON that does not end before them.
    raw,                 ///< `message` as the whole reply, with `status`.
    not_json,            ///< A reply with `status` that is an HTML page.
  };
  Kind kind = Kind::refused;
  unsigned status = 503;
  std::string message{};
  std::optional<ErrorShape> shape{};  ///< Of an error's body; else the dialect's own.
  std::vector<std::pair<std::string, std::string>> headers{};
  std::chrono::microseconds pause{};
  std::size_t size = std::size_t{1} << 30U;
};

/// Asked once for each call, one call at a time, by the server's threads.
using FaultScript = std::function<std::optional<ServerFault>(const EmbeddingCall&)>;

/// The first call from now meets the first fault, and so on; later calls meet none.
RAGQUEUE_EXPORT FaultScript fault_sequence(std::vector<std::optional<ServerFault>> faults);

/// Shares of the calls, each from 0 to 1, together at most 1.
struct FaultRates {
  double too_many_requests = 0;
  double unavailable = 0;
  double reset = 0;
  double half_reply = 0;
  double slow = 0;  ///< A second late.
};

/// Faults by chance: which calls meet which is settled by `seed`.
RAGQUEUE_EXPORT FaultScript random_faults(const FaultRates& rates, std::uint64_t seed);

struct FakeServerOptions {
  EmbeddingDialect dialect = EmbeddingDialect::ollama;
  std::string model = "fake-embed";
  std::size_t dimension = 64;
  std::size_t max_tokens = 512;                     ///< Of a text. A token is a word between white space.
  std::optional<std::size_t> max_request_tokens{};  ///< 300,000 for OpenAI, else without limit.
  std::optional<std::size_t> max_texts{};  ///< 2048 for OpenAI, 32 for text-embeddings-inference, else none.
  std::optional<std::size_t> max_body_bytes{};  ///< 2 MB for text-embeddings-inference, else 64 MiB.
  std::string api_key{};                        ///< Asked for, unless empty.
  std::string key_header{};                ///< That has it, alone; empty for `Authorization`, as `Bearer`.
  std::string path{};                      ///< OpenAI's dialect alone: in the place of `/v1/embeddings`.
  std::size_t slots = 8;                   ///< Calls served at once; the others queue.
  std::optional<std::size_t> max_queue{};  ///< Calls that may queue; others are refused as overload.
  std::chrono::microseconds call_time{};   ///< That a call holds its slot for,
  std::chrono::microseconds text_time{};   ///< and this for each of its texts.
  /// A call that has such a text is refused as ServerFault::Kind::bad_text.
  std::function<bool(std::string_view)> bad_text{};
  bool record = true;  ///< Whether requests() is kept.
};

/// Of the requests for vectors.
struct FakeServerStatistics {
  std::size_t connections = 0;
  std::size_t calls = 0;                 ///< That arrived.
  std::size_t texts = 0;                 ///< In them.
  std::size_t most_calls = 0;            ///< At the server at once, served or queued.
  std::size_t embedded = 0;              ///< Texts whose vectors were sent whole, faulty ones too.
  std::chrono::nanoseconds span{};       ///< From the first call's arrival to the last slot's release.
  std::chrono::nanoseconds all_busy{};   ///< Of it, with every slot taken.
  std::chrono::nanoseconds slot_time{};  ///< The sum over all slots of the time that each was taken.

  /// all_busy as a share of span; 0 before the first call.
  [[nodiscard]] double busy_share() const;
};

/// An embedding server on 127.0.0.1 whose vectors are fake_vector()s, and whose faults follow a script. Keeps
/// connections open as the real ones do. Thread-safe, except for its destruction.
class RAGQUEUE_EXPORT FakeEmbeddingServer {
 public:
  /// Listens on a port of the system's choice, or on `port`. Throws Error (Fault::setup) if it cannot.
  explicit FakeEmbeddingServer(FakeServerOptions options = {}, std::uint16_t port = 0);
  ~FakeEmbeddingServer();
  FakeEmbeddingServer(const FakeEmbeddingServer&) = delete;
  FakeEmbeddingServer& operator=(const FakeEmbeddingServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// `http://127.0.0.1:PORT`, without a path.
  [[nodiscard]] std::string url() const;

  /// From the next call on; an empty function for no faults.
  void set_faults(FaultScript script);
  /// Lets every call go on that is held, or will be by the present script.
  void release();

  /// Resets every connection and refuses new ones; returns once that is so. Safe to call twice.
  void go_down();
  /// On the same port. Safe to call twice.
  void come_back();

  /// Waits until so many calls for vectors have arrived since the start; false if `limit` passes first.
  [[nodiscard]] bool wait_for_calls(std::size_t calls,
                                    std::chrono::milliseconds limit = std::chrono::seconds(30)) const;
  [[nodiscard]] FakeServerStatistics statistics() const;
  /// All of them, for whatever path, in the order of arrival.
  [[nodiscard]] std::vector<ReceivedRequest> requests() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ragqueue::testing
