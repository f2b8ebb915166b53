#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "embed/http/embedding_json.hpp"
#include "embed/http/http_plan.hpp"
#include "embed/http/http_protocol.hpp"
#include "embed/http/http_url.hpp"

namespace ragqueue {

namespace {

constexpr std::array all_encodings{VectorEncoding::base64, VectorEncoding::floats, VectorEncoding::unnamed};

std::span<const VectorEncoding> encodings_of(VectorEncoding wanted) {
  if (wanted == VectorEncoding::automatic) return all_encodings;
  return std::span(all_encodings)
      .subspan(wanted == VectorEncoding::base64   ? 0
               : wanted == VectorEncoding::floats ? 1
                                                  : 2,
               1);
}

std::string_view member_of(VectorEncoding encoding) {
  if (encoding == VectorEncoding::base64) return R"(,"encoding_format":"base64")";
  return encoding == VectorEncoding::floats ? R"(,"encoding_format":"float")" : "";
}

/// `/v1/embeddings`: vectors as base64, a quarter of the bytes, or as numbers.
class OpenAiProtocol : public HttpProtocol {
 public:
  explicit OpenAiProtocol(const HttpEmbedderOptions& options)
      : url_(extend_url(options.url, has_path(options.url) ? "/embeddings" : "/v1/embeddings")),
        encodings_(encodings_of(options.encoding)) {
    head_ = R"({"model":)";
    append_json_string(head_, options.model);
    if (options.cut) head_ += fmt::format(R"(,"dimensions":{})", options.dimension);
  }

  [[nodiscard]] const std::string& url() const override { return url_; }
  [[nodiscard]] std::span<const VectorEncoding> encodings() const override { return encodings_; }

  [[nodiscard]] std::string write(std::span<const std::string_view> texts, const TextStyle& style,
                                  VectorEncoding encoding) const override {
    std::string json;
    json.reserve(head_.size() + style.members.size() + 100 + json_texts_size(texts, style.prefix));
    (((json += head_) += member_of(encoding)) += style.members) += R"(,"input":)";
    append_json_texts(json, texts, style.prefix);
    return json += '}';
  }

  /// Without an index a vector stands for the text at its own place: some servers leave out a 0.
  [[nodiscard]] std::vector<std::size_t> read(const std::string& body,
                                              const VectorRows& rows) const override {
    std::vector<std::size_t> unusable;
    std::vector<bool> seen(rows.size());
    std::size_t count = 0;
    read_document(body, [&](simdjson::ondemand::object& root) {
      for (simdjson::ondemand::object each : root["data"].get_array()) {
        const std::uint64_t index = read_index(each, count);
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

  [[nodiscard]] std::string address_hint() const override {
    constexpr std::string_view end = "/embeddings";
    const std::string base = url_.substr(0, url_.find('?'));
    if (!base.ends_with(end) || base.ends_with("/v1/embeddings")) return "";
    return fmt::format("did you mean --embedder-url {}/v1?", base.substr(0, base.size() - end.size()));
  }

 private:
  static std::uint64_t read_index(simdjson::ondemand::object& each, std::uint64_t place) {
    simdjson::ondemand::value index;
    if (each["index"].get(index) != simdjson::SUCCESS || index.is_null()) return place;
    return index.get_uint64();
  }

  const std::string url_;
  const std::span<const VectorEncoding> encodings_;
  std::string head_;
};

}  // namespace

std::unique_ptr<const HttpProtocol> make_openai_protocol(const HttpEmbedderOptions& options) {
  return std::make_unique<OpenAiProtocol>(options);
}

}  // namespace ragqueue
