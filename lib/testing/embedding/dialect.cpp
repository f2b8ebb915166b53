#include "testing/embedding/dialect.hpp"

#include <algorithm>
#include <cmath>

#include "testing/embedding/dialects.hpp"

namespace ragqueue::testing {
namespace {

constexpr std::string_view white_space = " \t\r\n\f\v";

Json describe(const Refusal& refusal) {
  Json error = {{"message", refusal.message}, {"type", refusal.type}};
  error.update(refusal.details);
  return error;
}

Json error_body(const Refusal& refusal, ErrorShape shape) {
  switch (shape) {
    case ErrorShape::nested:
      return {{"error", describe(refusal)}};
    case ErrorShape::text:
      return {{"error", refusal.message}};
    case ErrorShape::object: {
      Json body = describe(refusal);
      body["object"] = "error";
      body["code"] = refusal.status;
      return body;
    }
    case ErrorShape::flat:
      return {{"message", refusal.message}, {"code", refusal.status}, {"type", refusal.type}};
    case ErrorShape::error_type:
      return {{"error", refusal.message}, {"error_type", refusal.type}};
  }
  return {};
}

/// Scales to length 1; a vector of zeros stays one.
void normalize(std::vector<float>& vector) {
  double sum = 0;
  for (const float component : vector) sum += static_cast<double>(component) * component;
  const double scale = 1 / std::max(std::sqrt(sum), 1e-12);
  for (float& component : vector) component = static_cast<float>(component * scale);
}

}  // namespace

Dialect::Dialect(FakeServerOptions options) : options_(std::move(options)) {}
Dialect::~Dialect() = default;

std::vector<float> Dialect::embed(const EmbeddingTask& task, const std::string& text) const {
  std::vector<float> vector = fake_vector(text, options_.dimension);
  if (const std::size_t wanted = dimension(task); wanted < vector.size()) {
    vector.resize(wanted);
    normalize(vector);
  }
  return vector;
}

HttpReply Dialect::refuse(const Refusal& refusal, ErrorShape shape) const {
  HttpReply reply = json_reply(error_body(refusal, shape));
  reply.status = refusal.status;
  return reply;
}

std::optional<std::size_t> Dialect::first_too_long(const EmbeddingTask& task) const {
  const auto text = std::ranges::find_if(
      task.texts, [this](const std::string& each) { return count_tokens(each) > options_.max_tokens; });
  if (text == task.texts.end()) return std::nullopt;
  return static_cast<std::size_t>(text - task.texts.begin());
}

std::size_t Dialect::dimension(const EmbeddingTask& task) const {
  const std::size_t wanted = task.dimension.value_or(0);
  return wanted > 0 ? std::min(wanted, options_.dimension) : options_.dimension;
}

std::unique_ptr<Dialect> make_dialect(const FakeServerOptions& options) {
  switch (options.dialect) {
    case EmbeddingDialect::ollama:
    case EmbeddingDialect::legacy_ollama:
      return make_ollama(options);
    case EmbeddingDialect::openai:
      return make_openai(options);
    case EmbeddingDialect::llama_server:
      return make_llama_server(options);
    case EmbeddingDialect::text_embeddings_inference:
      return make_text_embeddings_inference(options);
    case EmbeddingDialect::vllm:
      return make_vllm(options);
  }
  return nullptr;
}

std::size_t count_tokens(std::string_view text) {
  std::size_t count = 0;
  std::size_t begin = text.find_first_not_of(white_space);
  while (begin != std::string_view::npos) {
    ++count;
    const std::size_t end = text.find_first_of(white_space, begin);
    begin = end == std::string_view::npos ? end : text.find_first_not_of(white_space, end);
  }
  return count;
}

std::size_t count_tokens(const std::vector<std::string>& texts) {
  std::size_t count = 0;
  for (const std::string& text : texts) count += count_tokens(text);
  return count;
}

std::string first_tokens(const std::string& text, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = text.find_first_not_of(white_space, end);
    if (begin == std::string::npos) break;
    end = std::min(text.find_first_of(white_space, begin), text.size());
  }
  return text.substr(0, end);
}

std::string_view path_of(const ReceivedRequest& request) {
  const std::string_view path = request.path;
  return path.substr(0, path.find('?'));
}

std::optional<std::vector<std::string>> read_texts(const Json& input) {
  if (input.is_string()) return std::vector{input.get<std::string>()};
  const auto is_string = [](const Json& element) { return element.is_string(); };
  if (!input.is_array() || !std::ranges::all_of(input, is_string)) return std::nullopt;
  return input.get<std::vector<std::string>>();
}

HttpReply json_reply(const Json& body) {
  // What came in need not be UTF-8, and some of it is said again.
  return {.body = body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace ragqueue::testing
