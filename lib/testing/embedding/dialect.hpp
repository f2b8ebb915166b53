#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ragqueue/testing/fake_embedding_server.hpp"

namespace ragqueue::testing {

using Json = nlohmann::json;

struct HttpReply {
  unsigned status = 200;
  std::string body{};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// Where a request for vectors goes, and so how it and its reply are written.
enum class Route {
  embed,       ///< Ollama's `/api/embed`.
  embeddings,  ///< Ollama's `/api/embeddings`.
  openai,      ///< `/v1/embeddings`.
  native,      ///< text-embeddings-inference's `/embed`.
};

/// A request for vectors, read.
struct EmbeddingTask {
  Route route = Route::openai;
  std::string model{};
  std::vector<std::string> texts{};
  std::optional<std::size_t> dimension{};  ///< As asked for.
  bool base64 = false;
  bool truncate = false;
};

/// One of a reply's vectors. Faults leave the index out, or repeat it.
struct FakeEmbedding {
  std::optional<std::size_t> index{};
  std::vector<float> vector{};
};

/// A request that is not served, before it is put in any of the shapes.
struct Refusal {
  unsigned status = 400;
  std::string message{};
  std::string type{};
  Json details = Json::object();  ///< Further members of the error.
};

/// How a server treats its connections.
struct Manners {
  bool chunks_long_replies = false;  ///< Go's, when a reply outgrows its buffer.
  bool closes_after_error = false;   ///< cpp-httplib's.
};

/// The words and rules of one server; no I/O. Thread-safe.
class Dialect {
 public:
  explicit Dialect(FakeServerOptions options);
  virtual ~Dialect();
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;

  /// Nothing for a request that is not for vectors.
  [[nodiscard]] virtual std::optional<Route> route(const ReceivedRequest& request) const = 0;
  /// The reply to a request that is not for vectors.
  [[nodiscard]] virtual HttpReply other(const ReceivedRequest& request) const = 0;
  [[nodiscard]] virtual std::variant<EmbeddingTask, Refusal> parse(Route route,
                                                                   const ReceivedRequest& request) const = 0;
  /// Whether the task is within the server's limits; cuts texts that are to be truncated.
  [[nodiscard]] virtual std::optional<Refusal> check(EmbeddingTask& task) const = 0;
  /// The vector for one of a task's texts.
  [[nodiscard]] virtual std::vector<float> embed(const EmbeddingTask& task, const std::string& text) const;
  [[nodiscard]] virtual HttpReply write(const EmbeddingTask& task,
                                        const std::vector<FakeEmbedding>& embeddings) const = 0;

  [[nodiscard]] virtual Manners manners() const { return {}; }
  /// Whether the API key is asked for, if there is one.
  [[nodiscard]] virtual bool needs_key(const ReceivedRequest& /*request*/) const { return true; }
  /// What the server says with this status when nothing more is known.
  [[nodiscard]] virtual Refusal refusal(unsigned status) const = 0;
  [[nodiscard]] virtual Refusal overload() const = 0;
  [[nodiscard]] virtual Refusal bad_text() const = 0;
  [[nodiscard]] virtual ErrorShape shape(Route route) const = 0;
  [[nodiscard]] virtual HttpReply refuse(const Refusal& refusal, ErrorShape shape) const;

 protected:
  [[nodiscard]] const FakeServerOptions& options() const { return options_; }
  /// The position of the first text that has more tokens than the model takes.
  [[nodiscard]] std::optional<std::size_t> first_too_long(const EmbeddingTask& task) const;
  [[nodiscard]] std::size_t dimension(const EmbeddingTask& task) const;

 private:
  FakeServerOptions options_;
};

[[nodiscard]] std::unique_ptr<Dialect> make_dialect(const FakeServerOptions& options);

/// Words between white space.
[[nodiscard]] std::size_t count_tokens(std::string_view text);
[[nodiscard]] std::size_t count_tokens(const std::vector<std::string>& texts);
/// The text as far as its `count`-th word.
[[nodiscard]] std::string first_tokens(const std::string& text, std::size_t count);
/// `request`'s path without its query.
[[nodiscard]] std::string_view path_of(const ReceivedRequest& request);
/// What the body says of the texts: a string, or an array of strings; nothing for anything else.
[[nodiscard]] std::optional<std::vector<std::string>> read_texts(const Json& input);
[[nodiscard]] HttpReply json_reply(const Json& body);

}  // namespace ragqueue::testing
