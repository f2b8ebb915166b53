#include "testing/embedding/dialects.hpp"
#include "testing/embedding/openai_family.hpp"

namespace ragqueue::testing {
namespace {

/// llama.cpp's server with a context of max_tokens and a physical batch of twice as many. Seen on 0.7.0: what
/// is longer than the batch is refused for that, even if it is longer than the context as well.
class LlamaServer : public OpenAiFamily {
 public:
  using OpenAiFamily::OpenAiFamily;

  [[nodiscard]] HttpReply other(const ReceivedRequest& request) const override {
    const std::string_view path = path_of(request);
    if (path == "/health" || path == "/v1/health") return json_reply({{"status", "ok"}});
    if (path == "/v1/models" || path == "/models") return json_reply(models());
    if (path == "/props") {
      return json_reply({{"total_slots", options().slots},
                         {"default_generation_settings", {{"n_ctx", context()}}},
                         {"model_alias", options().model}});
    }
    return refuse(refused(404, "File Not Found", "not_found_error"), ErrorShape::nested);
  }

  [[nodiscard]] std::optional<Refusal> check(EmbeddingTask& task) const override {
    if (task.texts.empty()) return malformed("\"input\" must not be empty");
    const auto at = first_too_long(task);
    if (!at) return std::nullopt;
    const std::size_t tokens = count_tokens(task.texts[*at]);
    return tokens > batch() ? longer_than_batch(tokens) : longer_than_context(tokens);
  }

  [[nodiscard]] std::vector<float> embed(const EmbeddingTask& /*task*/,
                                         const std::string& text) const override {
    if (text.empty()) return std::vector<float>(options().dimension);
    return fake_vector(text, options().dimension);
  }

  [[nodiscard]] Manners manners() const override { return {.closes_after_error = true}; }
  [[nodiscard]] bool needs_key(const ReceivedRequest& request) const override {
    return path_of(request) != "/health" && path_of(request) != "/v1/models";
  }

  [[nodiscard]] Refusal refusal(unsigned status) const override {
    switch (status) {
      case 401:
        return refused(status, "Invalid API Key", "authentication_error");
      case 501:
        return refused(status, "This server does not support embeddings. Start it with `--embeddings`",
                       "not_supported_error");
      case 503:
        return refused(status, "Loading model", "unavailable_error");
      default:
        if (status >= 500) return refused(status, "Compute error.", "server_error");
        return refused(status, "Invalid request.", "invalid_request_error");
    }
  }
  [[nodiscard]] Refusal overload() const override { return refusal(503); }
  [[nodiscard]] Refusal bad_text() const override { return longer_than_batch(batch() + 1); }

 protected:
  [[nodiscard]] Refusal malformed(const std::string& why) const override {
    return refused(400, why, "invalid_request_error");
  }
  [[nodiscard]] OpenAiLayout layout() const override {
    return {.members = {Member::embedding, Member::index, Member::object},
            .data_last = true,
            .names_base64 = true,
            .numbers = {.as_double = true}};
  }
  [[nodiscard]] const std::string& named_model(const EmbeddingTask& task) const override {
    return task.model.empty() ? options().model : task.model;
  }

 private:
  [[nodiscard]] static Refusal refused(unsigned status, std::string message, std::string type) {
    return {.status = status,
            .message = std::move(message),
            .type = std::move(type),
            .details = {{"code", status}}};
  }

  [[nodiscard]] std::size_t context() const { return options().max_tokens; }
  [[nodiscard]] std::size_t batch() const { return 2 * context(); }

  [[nodiscard]] Refusal longer_than_batch(std::size_t tokens) const {
    return refused(500,
                   "input (" + std::to_string(tokens) +
                       " tokens) is too large to process. increase the physical " +
                       "batch size (current batch size: " + std::to_string(batch()) + ")",
                   "server_error");
  }

  [[nodiscard]] Refusal longer_than_context(std::size_t tokens) const {
    Refusal refusal =
        refused(400,
                "input (" + std::to_string(tokens) + " tokens) is larger than the max context size (" +
                    std::to_string(context()) + " tokens). skipping",
                "exceed_context_size_error");
    refusal.details["n_prompt_tokens"] = tokens;
    refusal.details["n_ctx"] = context();
    return refusal;
  }

  [[nodiscard]] Json models() const {
    const Json model = {
        {"id", options().model},
        {"object", "model"},
        {"created", 1'700'000'000},
        {"owned_by", "llamacpp"},
        {"meta", {{"n_ctx", context()}, {"n_ctx_train", context()}, {"n_embd", options().dimension}}}};
    return {{"object", "list"}, {"data", {model}}};
  }
};

}  // namespace

std::unique_ptr<Dialect> make_llama_server(const FakeServerOptions& options) {
  return std::make_unique<LlamaServer>(options);
}

}  // namespace ragqueue::testing
