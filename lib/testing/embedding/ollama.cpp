#include <algorithm>
#include <cmath>
#include <regex>

#include "testing/embedding/dialects.hpp"
#include "testing/embedding/openai_family.hpp"
#include "testing/embedding/vector_text.hpp"

namespace ragqueue::testing {
namespace {

constexpr float legacy_length = 12;

Refusal refused(unsigned status, std::string message) {
  std::string type = "api_error";
  if (status == 400) type = "invalid_request_error";
  if (status == 404) type = "not_found_error";
  return openai_refusal(status, std::move(message), std::move(type));
}

bool is_not_a_number(const FakeEmbedding& embedding) {
  return std::ranges::any_of(embedding.vector, [](float component) { return std::isnan(component); });
}

std::string with_tag(const std::string& model) {
  return model.find(':') == std::string::npos ? model + ":latest" : model;
}

/// Ollama, of today or of before `/api/embed`.
class Ollama : public Dialect {
 public:
  using Dialect::Dialect;

  [[nodiscard]] std::optional<Route> route(const ReceivedRequest& request) const override {
    if (request.method != "POST") return std::nullopt;
    const std::string_view path = path_of(request);
    if (path == "/api/embeddings") return Route::embeddings;
    if (is_legacy()) return std::nullopt;
    if (path == "/api/embed") return Route::embed;
    if (path == "/v1/embeddings") return Route::openai;
    return std::nullopt;
  }

  [[nodiscard]] HttpReply other(const ReceivedRequest& request) const override {
    const std::string_view path = path_of(request);
    if (path == "/") return {.body = "Ollama is running", .content_type = "text/plain; charset=utf-8"};
    if (path == "/api/version") return json_reply({{"version", is_legacy() ? "0.1.48" : "0.13.0"}});
    if (path == "/api/tags") return json_reply({{"models", {listed_model()}}});
    if (path == "/api/show" && request.method == "POST") return show(request);
    if (path == "/v1/models" && !is_legacy()) {
      return json_reply({{"object", "list"},
                         {"data",
                          {{{"id", with_tag(options().model)},
                            {"object", "model"},
                            {"created", 1'700'000'000},
                            {"owned_by", "library"}}}}});
    }
    return {.status = 404, .body = "404 page not found", .content_type = "text/plain"};
  }

  [[nodiscard]] std::variant<EmbeddingTask, Refusal> parse(Route route,
                                                           const ReceivedRequest& request) const override {
    if (request.body.empty()) return refused(400, "missing request body");
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return refused(400, "invalid character in the request's body");
    if (!is_duration(body.value("keep_alive", Json()))) {
      return refused(400, "time: invalid duration " + body["keep_alive"].dump());
    }
    std::optional<EmbeddingTask> task = read_openai(body);
    if (!task)
      return refused(400, "Invalid value for 'encoding_format'. Supported values: ['float', 'base64'].");
    task->route = route;
    task->truncate = route != Route::embed || body.value("truncate", Json(true)) != false;
    Json input = body.value(route == Route::embeddings ? "prompt" : "input", Json());
    if (route == Route::openai && (input.is_null() || input == Json::array()))
      return refused(400, "invalid input");
    // An empty string is no text, except in OpenAI's route.
    if (input.is_null() || (input == "" && route != Route::openai)) input = Json::array();
    std::optional<std::vector<std::string>> texts = read_texts(input);
    if (!texts || (route == Route::embeddings && input.is_array() && !input.empty())) {
      return refused(400, "invalid input type");
    }
    task->texts = *std::move(texts);
    return *std::move(task);
  }

  [[nodiscard]] std::optional<Refusal> check(EmbeddingTask& task) const override {
    if (with_tag(task.model) != with_tag(options().model)) return unknown_model(task);
    if (task.truncate) {
      for (std::string& text : task.texts) text = first_tokens(text, options().max_tokens);
    }
    if (first_too_long(task)) return refused(400, "the input length exceeds the context length");
    return std::nullopt;
  }

  [[nodiscard]] HttpReply write(const EmbeddingTask& task,
                                const std::vector<FakeEmbedding>& embeddings) const override {
    if (std::ranges::any_of(embeddings, is_not_a_number)) {
      if (task.route == Route::embeddings)
        return refuse(refused(500, "json: unsupported value: NaN"), ErrorShape::text);
      return refuse(bad_text(), shape(task.route));
    }
    if (task.route == Route::openai) return write_openai(task, task.model, embeddings, {});
    return task.route == Route::embed ? write_embed(task, embeddings) : write_embeddings(embeddings);
  }

  [[nodiscard]] Manners manners() const override { return {.chunks_long_replies = true}; }

  [[nodiscard]] Refusal refusal(unsigned status) const override {
    switch (status) {
      case 400:
        return refused(status, "the input length exceeds the context length");
      case 401:
        return refused(status, "unauthorized");
      case 404:
        return refused(status, "model \"" + options().model + "\" not found, try pulling it first");
      case 429:
        return refused(status, "too many requests");
      case 503:
        return overload();
      default:
        return refused(status, "llama runner process has terminated: signal: killed");
    }
  }
  [[nodiscard]] Refusal overload() const override {
    return refused(503, "server busy, please try again.  maximum pending requests exceeded");
  }
  [[nodiscard]] Refusal bad_text() const override {
    return refused(400, "embedding contains NaN or Inf values");
  }
  [[nodiscard]] ErrorShape shape(Route route) const override {
    return route == Route::openai ? ErrorShape::nested : ErrorShape::text;
  }

 private:
  [[nodiscard]] bool is_legacy() const { return options().dialect == EmbeddingDialect::legacy_ollama; }

  /// Go's durations, or seconds.
  [[nodiscard]] static bool is_duration(const Json& value) {
    static const std::regex duration(R"([-+]?(0|([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h))+)");
    if (value.is_string()) return std::regex_match(value.get<std::string>(), duration);
    return value.is_null() || value.is_number();
  }

  [[nodiscard]] static Refusal unknown_model(const EmbeddingTask& task) {
    if (task.route == Route::embeddings) {
      return refused(404, "model \"" + task.model + "\" not found, try pulling it first");
    }
    return refused(404, "model '" + task.model + "' not found");
  }

  [[nodiscard]] static HttpReply write_embed(const EmbeddingTask& task,
                                             const std::vector<FakeEmbedding>& embeddings) {
    std::string body = R"({"model":)" + json_reply(task.model).body + R"(,"embeddings":[)";
    for (const FakeEmbedding& embedding : embeddings) {
      if (body.back() != '[') body += ',';
      append_floats(body, embedding.vector);
    }
    body += ']';
    // Fields that are zero are left out.
    if (const std::size_t tokens = count_tokens(task.texts); tokens > 0) {
      body += R"(,"total_duration":14143917,"load_duration":1019500,"prompt_eval_count":)" +
              std::to_string(tokens);
    }
    return {.body = body + "}", .content_type = "application/json; charset=utf-8"};
  }

  [[nodiscard]] static HttpReply write_embeddings(const std::vector<FakeEmbedding>& embeddings) {
    std::vector<float> vector;
    if (!embeddings.empty()) vector = embeddings.front().vector;
    for (float& component : vector) component *= legacy_length;
    std::string body = R"({"embedding":)";
    append_floats(body, vector);
    return {.body = body + "}", .content_type = "application/json; charset=utf-8"};
  }

  [[nodiscard]] Json listed_model() const {
    return {{"name", with_tag(options().model)},
            {"model", with_tag(options().model)},
            {"modified_at", "2025-01-01T00:00:00Z"},
            {"size", 45'960'996},
            {"digest", "1b226e2802dbb772b5fc32a58f103ca1804ef7501331012de126ab22f67475ef"},
            {"details", {{"format", "gguf"}, {"family", "bert"}}}};
  }

  [[nodiscard]] HttpReply show(const ReceivedRequest& request) const {
    const Json body = Json::parse(request.body, nullptr, false);
    const Json model = body.is_object() ? body.value("model", body.value("name", Json())) : Json();
    if (!model.is_string()) return refuse(refused(400, "model is required"), ErrorShape::text);
    const auto name = model.get<std::string>();
    if (with_tag(name) != with_tag(options().model)) {
      return refuse(refused(404, "model '" + name + "' not found"), ErrorShape::text);
    }
    return json_reply({{"details", {{"format", "gguf"}, {"family", "bert"}}},
                       {"model_info",
                        {{"general.architecture", "bert"},
                         {"bert.embedding_length", options().dimension},
                         {"bert.context_length", options().max_tokens}}},
                       {"capabilities", {"embedding"}}});
  }
};

}  // namespace

std::unique_ptr<Dialect> make_ollama(const FakeServerOptions& options) {
  return std::make_unique<Ollama>(options);
}

}  // namespace ragqueue::testing
