#include <fmt/format.h>

#include <array>

#include "embed/http/embedding_json.hpp"
#include "embed/http/http_plan.hpp"
#include "embed/http/http_protocol.hpp"
#include "embed/http/http_url.hpp"

namespace ragqueue {

namespace {

/// `/api/embed`, which Ollama has since 0.2.
class OllamaProtocol : public HttpProtocol {
 public:
  explicit OllamaProtocol(const HttpEmbedderOptions& options) : url_(extend_url(options.url, "/api/embed")) {
    head_ = R"({"model":)";
    append_json_string(head_, options.model);
    if (!options.keep_alive.empty()) {
      head_ += R"(,"keep_alive":)";
      append_json_string(head_, options.keep_alive);
    }
    if (options.cut) head_ += fmt::format(R"(,"dimensions":{})", options.dimension);
  }

  [[nodiscard]] const std::string& url() const override { return url_; }
  [[nodiscard]] std::span<const VectorEncoding> encodings() const override { return encodings_; }

  [[nodiscard]] std::string write(std::span<const std::string_view> texts, const TextStyle& style,
                                  VectorEncoding /*encoding*/) const override {
    std::string json;
    json.reserve(head_.size() + style.members.size() + 100 + json_texts_size(texts, style.prefix));
    // Behind the members, where it wins over another of theirs.
    ((json += head_) += style.members) += R"(,"truncate":false,"input":)";
    append_json_texts(json, texts, style.prefix);
    return json += '}';
  }

  [[nodiscard]] std::vector<std::size_t> read(const std::string& body,
                                              const VectorRows& rows) const override {
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

  [[nodiscard]] std::string address_hint() const override {
    return "is this Ollama 0.2 or later? For a server with OpenAI's API, use --embedder openai";
  }

 private:
  static constexpr std::array encodings_{VectorEncoding::unnamed};
  const std::string url_;
  std::string head_;
};

}  // namespace

std::unique_ptr<const HttpProtocol> make_ollama_protocol(const HttpEmbedderOptions& options) {
  return std::make_unique<OllamaProtocol>(options);
}

}  // namespace ragqueue
