#include <algorithm>

#include "testing/embedding/dialects.hpp"
#include "testing/embedding/openai_family.hpp"

namespace ragqueue::testing {
namespace {

constexpr std::size_t most_texts = 2048;
constexpr std::size_t most_request_tokens = 300'000;
const std::string invalid_request = "invalid_request_error";

/// The hosted service.
class OpenAi : public OpenAiFamily {
 public:
  using OpenAiFamily::OpenAiFamily;

  [[nodiscard]] HttpReply other(const ReceivedRequest& request) const override {
    const Json model = {
        {"id", options().model}, {"object", "model"}, {"created", 1'700'000'000}, {"owned_by", "system"}};
    if (path_of(request) == "/v1/models") return json_reply({{"object", "list"}, {"data", {model}}});
    if (path_of(request) == "/v1/models/" + options().model) return json_reply(model);
    return refuse(
        openai_refusal(404, "Invalid URL (" + request.method + " " + request.path + ")", invalid_request),
        ErrorShape::nested);
  }

  [[nodiscard]] std::optional<Refusal> check(EmbeddingTask& task) const override {
    if (task.model != options().model) return unknown_model(task.model);
    if (std::optional<Refusal> refusal = check_count(task)) return refusal;
    if (std::ranges::any_of(task.texts, &std::string::empty)) {
      return malformed(
          "'$.input' is invalid. Please check the API reference: "
          "https://platform.openai.com/docs/api-reference.");
    }
    if (task.dimension.value_or(1) == 0 || task.dimension.value_or(1) > options().dimension) {
      return malformed("Invalid value for 'dimensions' = " + std::to_string(*task.dimension) +
                       ". Must be at most " + std::to_string(options().dimension) + " and at least 1.");
    }
    return check_tokens(task);
  }

  [[nodiscard]] Refusal refusal(unsigned status) const override {
    switch (status) {
      case 401:
        return openai_refusal(status, "Incorrect API key provided.", invalid_request, "invalid_api_key");
      case 429:
        return overload();
      case 413:
        return openai_refusal(status, "Request too large.", invalid_request, "request_too_large");
      case 503:
        return openai_refusal(status, "The engine is currently overloaded, please try again later",
                              "service_unavailable_error", "service_unavailable");
      default:
        if (status >= 500) {
          return openai_refusal(status,
                                "The server had an error while processing your request. Sorry about that!",
                                "server_error");
        }
        return openai_refusal(status, "Invalid request.", invalid_request);
    }
  }

  [[nodiscard]] Refusal overload() const override {
    return openai_refusal(429, "Rate limit reached for " + options().model + " on requests per min (RPM).",
                          "requests", "rate_limit_exceeded");
  }

  [[nodiscard]] Refusal bad_text() const override { return malformed("'$.input' is invalid."); }

 protected:
  [[nodiscard]] Refusal malformed(const std::string& why) const override {
    return openai_refusal(400, why, invalid_request);
  }
  [[nodiscard]] OpenAiLayout layout() const override {
    return {.members = {Member::object, Member::index, Member::embedding},
            .numbers = {.not_a_number = "NaN", .as_double = true}};
  }

 private:
  [[nodiscard]] static Refusal unknown_model(const std::string& model) {
    if (model.empty()) return openai_refusal(400, "you must provide a model parameter", invalid_request);
    return openai_refusal(404, "The model `" + model + "` does not exist or you do not have access to it.",
                          invalid_request, "model_not_found");
  }

  [[nodiscard]] std::optional<Refusal> check_count(const EmbeddingTask& task) const {
    const std::size_t most = options().max_texts.value_or(most_texts);
    if (task.texts.empty()) return malformed("Invalid 'input': input cannot be an empty array.");
    if (task.texts.size() <= most) return std::nullopt;
    return openai_refusal(400,
                          "Invalid 'input': array too long. Expected an array with maximum length " +
                              std::to_string(most) + ", but got an array with length " +
                              std::to_string(task.texts.size()) + " instead.",
                          invalid_request, "array_above_max_length");
  }

  [[nodiscard]] std::optional<Refusal> check_tokens(const EmbeddingTask& task) const {
    if (const auto at = first_too_long(task)) {
      const std::string tokens = std::to_string(count_tokens(task.texts[*at]));
      return malformed(
          "This model's maximum context length is " + std::to_string(options().max_tokens) +
          " tokens, however you requested " + tokens + " tokens (" + tokens +
          " in your prompt; 0 for the completion). Please reduce your prompt; or completion length.");
    }
    const std::size_t most = options().max_request_tokens.value_or(most_request_tokens);
    const std::size_t tokens = count_tokens(task.texts);
    if (tokens <= most) return std::nullopt;
    return openai_refusal(400,
                          "Requested " + std::to_string(tokens) + " tokens, max " + std::to_string(most) +
                              " tokens per request",
                          "max_tokens_per_request", "max_tokens_per_request");
  }
};

}  // namespace

std::unique_ptr<Dialect> make_openai(const FakeServerOptions& options) {
  return std::make_unique<OpenAi>(options);
}

}  // namespace ragqueue::testing
