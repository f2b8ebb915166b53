#include "testing/embedding/dialects.hpp"
#include "testing/embedding/openai_family.hpp"

namespace ragqueue::testing {
namespace {

/// Its releases disagree about the shape of an error: what is said of a text's length is ErrorShape::object
/// here, all else is nested.
class Vllm : public OpenAiFamily {
 public:
  using OpenAiFamily::OpenAiFamily;

  [[nodiscard]] HttpReply other(const ReceivedRequest& request) const override {
    const std::string_view path = path_of(request);
    if (path == "/health" || path == "/ping") return {};
    if (path == "/version") return json_reply({{"version", "0.11.0"}});
    if (path == "/v1/models") {
      return json_reply({{"object", "list"},
                         {"data",
                          {{{"id", options().model},
                            {"object", "model"},
                            {"created", 1'700'000'000},
                            {"owned_by", "vllm"},
                            {"root", options().model},
                            {"max_model_len", options().max_tokens}}}}});
    }
    HttpReply reply = json_reply({{"detail", "Not Found"}});
    reply.status = 404;
    return reply;
  }

  [[nodiscard]] std::optional<Refusal> check(EmbeddingTask& task) const override {
    if (!task.model.empty() && task.model != options().model) {
      return refused(404, "The model `" + task.model + "` does not exist.", "NotFoundError");
    }
    if (task.texts.empty()) return malformed("Please provide at least one prompt");
    if (options().max_texts && task.texts.size() > *options().max_texts) {
      return malformed("Too many prompts: " + std::to_string(task.texts.size()));
    }
    if (task.dimension) {
      return malformed("Model \"" + options().model +
                       "\" does not support matryoshka representation, changing " +
                       "output dimensions will lead to poor results.");
    }
    const auto at = first_too_long(task);
    if (!at) return std::nullopt;
    return too_long(count_tokens(task.texts[*at]));
  }

  [[nodiscard]] HttpReply refuse(const Refusal& refusal, ErrorShape shape) const override {
    const bool of_length = refusal.message.starts_with(length_words);
    return OpenAiFamily::refuse(refusal, of_length ? ErrorShape::object : shape);
  }

  [[nodiscard]] bool needs_key(const ReceivedRequest& request) const override {
    return path_of(request).starts_with("/v1");
  }

  [[nodiscard]] Refusal refusal(unsigned status) const override {
    switch (status) {
      case 401:
        return refused(status, "Unauthorized", "Unauthorized");
      case 413:
      case 400:
        return malformed("Invalid request.");
      case 429:
        return refused(status, "Too many requests", "TooManyRequests");
      case 503:
        return refused(status, "Service unavailable", "ServiceUnavailableError");
      default:
        return refused(status, "Internal server error", "InternalServerError");
    }
  }
  [[nodiscard]] Refusal overload() const override { return refusal(503); }
  [[nodiscard]] Refusal bad_text() const override { return malformed("Token id 0 is out of vocabulary"); }

 protected:
  [[nodiscard]] Refusal malformed(const std::string& why) const override {
    return refused(400, why, "BadRequestError");
  }
  [[nodiscard]] OpenAiLayout layout() const override {
    return {.members = {Member::index, Member::object, Member::embedding},
            .data_last = true,
            .numbers = {.not_a_number = "NaN", .as_double = true}};
  }

 private:
  [[nodiscard]] static Refusal refused(unsigned status, std::string message, std::string type) {
    return openai_refusal(status, std::move(message), std::move(type), status);
  }

  static constexpr std::string_view length_words = "This model's maximum context length is ";

  [[nodiscard]] Refusal too_long(std::size_t tokens) const {
    return malformed(std::string(length_words) + std::to_string(options().max_tokens) +
                     " tokens. However, you requested " + std::to_string(tokens) +
                     " tokens in the input for embedding generation. Please reduce the length of the input.");
  }
};

}  // namespace

std::unique_ptr<Dialect> make_vllm(const FakeServerOptions& options) {
  return std::make_unique<Vllm>(options);
}

}  // namespace ragqueue::testing
