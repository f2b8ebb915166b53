#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "embed/http/embedding_json.hpp"
#include "embed/http/http_plan.hpp"
#include "embed/http/http_protocol.hpp"
#include "embed/http/http_url.hpp"
#include "ragqueue/http_embedder.hpp"

namespace ragqueue {

namespace {

/// As `/api/embed` gives them, so that both addresses give the same vectors.
void scale_to_unit(std::span<float> row) {
  double squares = 0;
  for (const float component : row) squares += double{component} * double{component};
  const double factor = 1 / std::sqrt(squares);
  for (float& component : row) component = static_cast<float>(component * factor);
}

/// `/api/embed`; the second way is `/api/embeddings`, all that servers before 0.2 know: one text a request.
class OllamaProtocol : public HttpProtocol {
 public:
  explicit OllamaProtocol(const HttpEmbedderOptions& options)
      : embed_url_(extend_url(options.url, "/api/embed")),
        embeddings_url_(extend_url(options.url, "/api/embeddings")) {
    head_ = R"({"model":)";
    append_json_string(head_, options.model);
    if (!options.keep_alive.empty()) {
      head_ += R"(,"keep_alive":)";
      append_json_string(head_, options.keep_alive);
    }
    if (options.cut) dimensions_ = fmt::format(R"(,"dimensions":{})", options.dimension);
  }

  [[nodiscard]] const std::string& url(Way way) const override {
    return way == Way::first ? embed_url_ : embeddings_url_;
  }
  [[nodiscard]] std::size_t max_texts(Way way) const override { return way == Way::first ? SIZE_MAX : 1; }
  [[nodiscard]] bool cuts_in_silence(Way way) const override { return way == Way::second; }
  [[nodiscard]] Verdict::Kind first_way_refused() const override { return Verdict::Kind::route_missing; }

  [[nodiscard]] std::string write(std::span<const std::string_view> texts, Way way) const override {
    std::string json;
    std::size_t size = head_.size() + dimensions_.size() + 100;
    for (const std::string_view text : texts) size += json_string_size(text) + 1;
    json.reserve(size);
    json += head_;
    if (way == Way::second) {
      json += R"(,"prompt":)";
      append_json_string(json, texts.front());
      return json += '}';
    }
    json += R"(,"truncate":false)";
    json += dimensions_;
    json += R"(,"input":)";
    for (std::size_t index = 0; index < texts.size(); ++index) {
      json += index == 0 ? '[' : ',';
      append_json_string(json, texts[index]);
    }
    return json += "]}";
  }

  [[nodiscard]] std::vector<std::size_t> read(const std::string& body, const VectorRows& rows,
                                              Way way) const override {
    return way == Way::first ? read_embed(body, rows) : read_embeddings(body, rows);
  }

 private:
  static std::vector<std::size_t> read_embed(const std::string& body, const VectorRows& rows) {
    std::vector<std::size_t> unusable;
    std::size_t count = 0;
    read_document(body, [&](simdjson::ondemand::object& root) {
      for (simdjson::ondemand::value vector : root["embeddings"].get_array()) {
        if (count == rows.size()) throw BadReply(fmt::format("it has more than {} vectors", count));
        read_vector(vector, rows[count]);
        if (!is_vector(rows[count])) unusable.push_back(count);
        ++count;
      }
    });
    if (count != rows.size())
      throw BadReply(fmt::format("it has {} vectors for {} texts", count, rows.size()));
    return unusable;
  }

  static std::vector<std::size_t> read_embeddings(const std::string& body, const VectorRows& rows) {
    bool usable = false;
    read_document(body, [&](simdjson::ondemand::object& root) {
      read_vector(root["embedding"].value(), rows.front());
      usable = is_vector(rows.front());
    });
    if (!usable) return {0};
    scale_to_unit(rows.front());
    return {};
  }

  const std::string embed_url_;
  const std::string embeddings_url_;
  std::string head_;
  std::string dimensions_;
};

}  // namespace

std::unique_ptr<const HttpProtocol> make_ollama_protocol(const HttpEmbedderOptions& options) {
  return std::make_unique<OllamaProtocol>(options);
}

}  // namespace ragqueue
