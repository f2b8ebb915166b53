#include "testing/embedding/openai_family.hpp"

#include "testing/embedding/vector_text.hpp"

namespace ragqueue::testing {
namespace {

/// A comma, if something goes before.
void separate(std::string& text) {
  if (text.back() != '[' && text.back() != '{') text += ',';
}

void append_item(std::string& text, const FakeEmbedding& embedding, bool base64, const OpenAiLayout& layout) {
  text += '{';
  for (const Member member : layout.members) {
    if (member == Member::index && !embedding.index) continue;
    separate(text);
    if (member == Member::object) text += R"("object":"embedding")";
    if (member == Member::index) text += R"("index":)" + std::to_string(*embedding.index);
    if (member != Member::embedding) continue;
    text += R"("embedding":)";
    if (base64) {
      append_base64(text, embedding.vector);
    } else {
      append_floats(text, embedding.vector, layout.numbers);
    }
  }
  if (base64 && layout.names_base64) text += R"(,"encoding_format":"base64")";
  text += '}';
}

}  // namespace

std::optional<Route> OpenAiFamily::route(const ReceivedRequest& request) const {
  const std::string_view path = options().path.empty() ? std::string_view("/v1/embeddings") : options().path;
  if (request.method != "POST" || path_of(request) != path) return std::nullopt;
  return Route::openai;
}

std::variant<EmbeddingTask, Refusal> OpenAiFamily::parse(Route route, const ReceivedRequest& request) const {
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return malformed("the body is not a JSON object");
  std::optional<EmbeddingTask> task = read_openai(body);
  if (!task) return malformed("'encoding_format' is neither 'float' nor 'base64', or 'model' is no string");
  if (!body.contains("input")) return malformed("'input' is missing");
  std::optional<std::vector<std::string>> texts = read_texts(body["input"]);
  if (!texts) return malformed("'input' is neither a string nor an array of strings");
  task->route = route;
  task->texts = std::move(*texts);
  return *std::move(task);
}

HttpReply OpenAiFamily::write(const EmbeddingTask& task, const std::vector<FakeEmbedding>& embeddings) const {
  return write_openai(task, named_model(task), embeddings, layout());
}

ErrorShape OpenAiFamily::shape(Route /*route*/) const {
  return ErrorShape::nested;
}

const std::string& OpenAiFamily::named_model(const EmbeddingTask& /*task*/) const {
  return options().model;
}

HttpReply write_openai(const EmbeddingTask& task, const std::string& model,
                       const std::vector<FakeEmbedding>& embeddings, const OpenAiLayout& layout) {
  std::string data = R"("data":[)";
  for (const FakeEmbedding& embedding : embeddings) {
    separate(data);
    append_item(data, embedding, task.base64, layout);
  }
  data += ']';
  const std::string tokens = std::to_string(count_tokens(task.texts));
  const std::string rest = R"("model":)" + json_reply(model).body + R"(,"usage":{"prompt_tokens":)" + tokens +
                           R"(,"total_tokens":)" + tokens + "}";
  std::string body = R"({"object":"list",)";
  body += layout.data_last ? rest + "," + data : data + "," + rest;
  return {.body = body + "}"};
}

std::optional<EmbeddingTask> read_openai(const Json& body) {
  EmbeddingTask task;
  const Json model = body.value("model", Json());
  if (!model.is_string() && !model.is_null()) return std::nullopt;
  if (model.is_string()) task.model = model.get<std::string>();
  const Json encoding = body.value("encoding_format", Json("float"));
  if (encoding != "float" && encoding != "base64") return std::nullopt;
  task.base64 = encoding == "base64";
  if (const Json dimensions = body.value("dimensions", Json()); dimensions.is_number_unsigned()) {
    task.dimension = dimensions.get<std::size_t>();
  }
  return task;
}

Refusal openai_refusal(unsigned status, std::string message, std::string type, const Json& code) {
  return {.status = status,
          .message = std::move(message),
          .type = std::move(type),
          .details = {{"param", nullptr}, {"code", code}}};
}

}  // namespace ragqueue::testing
