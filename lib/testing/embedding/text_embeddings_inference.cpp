#include <algorithm>

#include "testing/embedding/dialects.hpp"
#include "testing/embedding/openai_family.hpp"
#include "testing/embedding/vector_text.hpp"

namespace ragqueue::testing {
namespace {

/// Hugging Face's server.
class TextEmbeddingsInference : public OpenAiFamily {
 public:
  using OpenAiFamily::OpenAiFamily;

  [[nodiscard]] std::optional<Route> route(const ReceivedRequest& request) const override {
    if (request.method == "POST" && path_of(request) == "/embed") return Route::native;
    return OpenAiFamily::route(request);
  }

  [[nodiscard]] HttpReply other(const ReceivedRequest& request) const override {
    const std::string_view path = path_of(request);
    if (path == "/health" || path == "/ping" || path == "/") return {};
    if (path == "/info") return json_reply(info());
    return {.status = 404};
  }

  [[nodiscard]] std::variant<EmbeddingTask, Refusal> parse(Route route,
                                                           const ReceivedRequest& request) const override {
    if (route == Route::openai) return OpenAiFamily::parse(route, request);
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object() || !body.contains("inputs")) return malformed("missing field `inputs`");
    std::optional<std::vector<std::string>> texts = read_texts(body["inputs"]);
    if (!texts) return malformed("inputs: data did not match any variant of untagged enum Input");
    return EmbeddingTask{
        .route = route, .texts = *std::move(texts), .truncate = body.value("truncate", Json(false)) == true};
  }

  [[nodiscard]] std::optional<Refusal> check(EmbeddingTask& task) const override {
    const std::size_t most = options().max_texts.value_or(most_texts);
    if (task.texts.empty()) return Refusal{.message = "`inputs` cannot be empty", .type = "Empty"};
    if (task.texts.size() > most) {
      return validation("batch size " + std::to_string(task.texts.size()) + " > maximum allowed batch size " +
                        std::to_string(most));
    }
    if (std::ranges::any_of(task.texts, &std::string::empty)) {
      return Refusal{.message = "Input validation error: `inputs` cannot be empty", .type = "Empty"};
    }
    if (task.dimension.value_or(1) == 0 || task.dimension.value_or(1) > options().dimension) {
      return validation("`dimensions` should be positive and no more than " +
                        std::to_string(options().dimension));
    }
    if (task.truncate) {
      for (std::string& text : task.texts) text = first_tokens(text, options().max_tokens);
    }
    if (const auto at = first_too_long(task)) return validation(length_words(count_tokens(task.texts[*at])));
    return std::nullopt;
  }

  [[nodiscard]] HttpReply write(const EmbeddingTask& task,
                                const std::vector<FakeEmbedding>& embeddings) const override {
    if (task.route == Route::openai) return OpenAiFamily::write(task, embeddings);
    std::string body = "[";
    for (const FakeEmbedding& embedding : embeddings) {
      if (body.size() > 1) body += ',';
      append_floats(body, embedding.vector);
    }
    return {.body = body + "]"};
  }

  /// A refusal without a type comes from the layers around the server, which answer in plain text.
  [[nodiscard]] HttpReply refuse(const Refusal& refusal, ErrorShape shape) const override {
    if (!refusal.type.empty()) return OpenAiFamily::refuse(refusal, shape);
    return {.status = refusal.status, .body = refusal.message, .content_type = "text/plain; charset=utf-8"};
  }

  [[nodiscard]] bool needs_key(const ReceivedRequest& request) const override {
    const std::string_view path = path_of(request);
    return path != "/health" && path != "/ping" && path != "/";
  }

  [[nodiscard]] Refusal refusal(unsigned status) const override {
    switch (status) {
      case 413:
        return {.status = status, .message = "Failed to buffer the request body: length limit exceeded"};
      case 422:
        return bad_text();
      case 424:
        return {.status = status, .message = "Backend error: DriverError", .type = "Backend"};
      case 429:
        return overload();
      case 503:
        return {.status = status, .message = "unhealthy", .type = "Unhealthy"};
      default:
        return {.status = status};
    }
  }
  [[nodiscard]] Refusal overload() const override {
    return {.status = 429, .message = "Model is overloaded", .type = "Overloaded"};
  }
  [[nodiscard]] Refusal bad_text() const override {
    return validation(length_words(options().max_tokens + 1));
  }
  [[nodiscard]] ErrorShape shape(Route route) const override {
    return route == Route::openai ? ErrorShape::flat : ErrorShape::error_type;
  }

 protected:
  [[nodiscard]] Refusal malformed(const std::string& why) const override {
    return {.status = 422, .message = "Failed to deserialize the JSON body into the target type: " + why};
  }
  [[nodiscard]] OpenAiLayout layout() const override { return {}; }

 private:
  static constexpr std::size_t most_texts = 32;

  [[nodiscard]] static Refusal validation(std::string message) {
    return {.status = 422, .message = std::move(message), .type = "Validation"};
  }

  [[nodiscard]] std::string length_words(std::size_t tokens) const {
    return "Input validation error: `inputs` must have less than " + std::to_string(options().max_tokens) +
           " tokens. Given: " + std::to_string(tokens);
  }

  [[nodiscard]] Json info() const {
    return {{"model_id", options().model},
            {"model_sha", nullptr},
            {"model_dtype", "float32"},
            {"served_model_name", options().model},
            {"model_type", {{"embedding", {{"pooling", "mean"}}}}},
            {"max_concurrent_requests", 512},
            {"max_input_length", options().max_tokens},
            {"max_batch_tokens", 16384},
            {"max_batch_requests", nullptr},
            {"max_client_batch_size", options().max_texts.value_or(most_texts)},
            {"auto_truncate", false},
            {"version", "1.9.0"}};
  }
};

}  // namespace

std::unique_ptr<Dialect> make_text_embeddings_inference(const FakeServerOptions& options) {
  return std::make_unique<TextEmbeddingsInference>(options);
}

}  // namespace ragqueue::testing
