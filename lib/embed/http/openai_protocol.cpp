#include <fmt/format.h>

#include <cstdint>

#include "embed/http/embedding_json.hpp"
#include "embed/http/http_plan.hpp"
#include "embed/http/http_protocol.hpp"
#include "embed/http/http_url.hpp"
#include "ragqueue/http_embedder.hpp"

namespace ragqueue {

namespace {

/// `/v1/embeddings`: vectors as base64, a quarter of the bytes; the second way has them as numbers.
class OpenAiProtocol : public HttpProtocol {
 public:
  explicit OpenAiProtocol(const HttpEmbedderOptions& options)
      : url_(embeddings_url(options.url)),
        model_(options.model),
        dimensions_(options.cut ? options.dimension : 0) {}

  [[nodiscard]] const std::string& url(Way /*way*/) const override { return url_; }
  [[nodiscard]] std::size_t max_texts(Way /*way*/) const override { return SIZE_MAX; }
  [[nodiscard]] bool cuts_in_silence(Way /*way*/) const override { return false; }
  [[nodiscard]] Verdict::Kind first_way_refused() const override { return Verdict::Kind::encoding_refused; }

  [[nodiscard]] std::string write(std::span<const std::string_view> texts, Way way) const override {
    std::string json;
    std::size_t size = model_.size() + 100;
    for (const std::string_view text : texts) size += json_string_size(text) + 1;
    json.reserve(size);
    json += R"({"model":)";
    append_json_string(json, model_);
    json += way == Way::first ? R"(,"encoding_format":"base64")" : R"(,"encoding_format":"float")";
    if (dimensions_ > 0) json += fmt::format(R"(,"dimensions":{})", dimensions_);
    json += R"(,"input":)";
    for (std::size_t index = 0; index < texts.size(); ++index) {
      json += index == 0 ? '[' : ',';
      append_json_string(json, texts[index]);
    }
    return json += "]}";
  }

  [[nodiscard]] std::vector<std::size_t> read(const std::string& body, const VectorRows& rows,
                                              Way /*way*/) const override {
    std::vector<std::size_t> unusable;
    std::vector<bool> seen(rows.size());
    std::size_t count = 0;
    read_document(body, [&](simdjson::ondemand::object& root) {
      for (simdjson::ondemand::object each : root["data"].get_array()) {
        const std::uint64_t index = each["index"].get_uint64();
        if (index >= rows.size())
          throw BadReply(fmt::format("it has a vector {} for {} texts", index, rows.size()));
        if (seen[index]) throw BadReply(fmt::format("it has two vectors {}", index));
        seen[index] = true;
        ++count;
        read_vector(each["embedding"].value(), rows[index]);
        if (!is_vector(rows[index])) unusable.push_back(index);
      }
    });
    if (count != rows.size())
      throw BadReply(fmt::format("it has {} vectors for {} texts", count, rows.size()));
    return unusable;
  }

 private:
  static std::string embeddings_url(const std::string& url) {
    const std::string_view below = has_path(url) ? "/embeddings" : "/v1/embeddings";
    return extend_url(url, below);
  }

  const std::string url_;
  const std::string model_;
  const std::size_t dimensions_;
};

}  // namespace

std::unique_ptr<const HttpProtocol> make_openai_protocol(const HttpEmbedderOptions& options) {
  return std::make_unique<OpenAiProtocol>(options);
}

}  // namespace ragqueue
