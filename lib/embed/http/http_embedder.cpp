#include "ragqueue/http_embedder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "embed/http/http_run.hpp"
#include "embed/http/http_url.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

constexpr std::size_t max_call_texts = 2048;

void check_positive(std::string_view field, std::size_t value) {
  if (value == 0) throw InvalidInput(std::string(field), "0", "must be at least 1");
}

void check_deadline(std::string_view field, std::chrono::milliseconds value,
                    std::chrono::milliseconds least) {
  if (value < least) {
    throw InvalidInput(std::string(field), fmt::format("{} ms", value.count()),
                       fmt::format("must be at least {} ms", least.count()));
  }
}

void check_readable(const std::string& field, const std::string& path) {
  if (!path.empty() && !std::ifstream(path)) throw InvalidInput(field, path, "cannot be read");
}

void check(const HttpEmbedderOptions& options) {
  if (options.model.empty() || find_invalid_utf8(options.model)) {
    throw InvalidInput("embedder_model", options.model, "the name of a model is needed, in UTF-8");
  }
  if (find_invalid_utf8(options.keep_alive)) {
    throw InvalidInput("keep_alive", options.keep_alive, "not UTF-8");
  }
  if (options.cut && options.dimension == 0) {
    throw InvalidInput("embedder_dimension", "0", "to cut vectors, their dimension must be given");
  }
  check_readable("embedder_ca_file", options.ca_file);
  check_readable("embedder_cert_file", options.cert_file);
  check_positive("max_tokens", options.max_tokens);
  check_positive("max_request_texts", options.max_request_texts);
  check_positive("max_request_tokens", options.max_request_tokens);
  check_positive("max_request_bytes", options.max_request_bytes);
  check_positive("max_reply_bytes", options.max_reply_bytes);
  check_positive("min_parallel", options.min_parallel);
  if (options.max_parallel < options.min_parallel) {
    throw InvalidInput("max_parallel", std::to_string(options.max_parallel),
                       fmt::format("must be at least {}, as is min_parallel", options.min_parallel));
  }
  check_deadline("connect_deadline", options.connect_deadline, std::chrono::milliseconds(1));
  check_deadline("call_deadline", options.call_deadline, std::chrono::milliseconds(1));
  check_deadline("retry_after_limit", options.retry_after_limit, std::chrono::milliseconds(0));
}

/// Vectors that may be compared have one name: that of the model, and of all that changes them.
std::string name_of(const HttpEmbedderOptions& options, std::string_view default_tag) {
  std::string name = options.model;
  if (!default_tag.empty() && name.ends_with(default_tag)) name.resize(name.size() - default_tag.size());
  if (options.cut) name += fmt::format("@{}", options.dimension);
  return name + name_suffix(options);
}

class HttpEmbedder : public Embedder {
 public:
  HttpEmbedder(const HttpEmbedderOptions& options, std::unique_ptr<const HttpProtocol> protocol,
               std::string name)
      : server_(options, std::move(protocol)),
        name_(std::move(name)),
        max_tokens_(tokens_beside_prefix(options.max_tokens)),
        dimension_(options.dimension > 0 ? options.dimension : ask_dimension()) {
    keep_reply_within(options.max_reply_bytes);
    keep_request_within(options.max_request_bytes);
  }

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::size_t dimension() const override { return dimension_; }
  [[nodiscard]] EmbedderLimits limits() const override {
    return {.max_tokens = max_tokens_, .max_texts = max_call_texts};
  }
  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override {
    return estimate_tokens(text);
  }

  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> texts, Purpose purpose,
                                                std::span<float> vectors,
                                                const std::stop_token& stop) const override {
    check_call(texts, vectors);
    return HttpRun(server_, texts, purpose, vectors, dimension_, stop)();
  }

  /// Returns whether there is anything to read.
  [[nodiscard]] bool read_headers_again() const {
    static_cast<void>(server_.renew_headers(server_.headers_version()));
    return server_.reads_headers();
  }

 private:
  void check_call(std::span<const std::string_view> texts, std::span<const float> vectors) const {
    if (texts.size() > max_call_texts) {
      throw InvalidInput("texts", std::to_string(texts.size()),
                         fmt::format("a call carries at most {}", max_call_texts));
    }
    if (vectors.size() != texts.size() * dimension_) {
      throw InvalidInput("vectors", std::to_string(vectors.size()),
                         fmt::format("{} texts need {} floats", texts.size(), texts.size() * dimension_));
    }
  }

  [[nodiscard]] std::size_t ask_dimension() const {
    constexpr std::string_view text = "How long is a vector?";
    try {
      static_cast<void>(HttpRun(server_, {&text, 1}, Purpose::document, {}, 0, {})());
    } catch (const WrongDimension& wrong) {
      return wrong.got();
    }
    throw Error(Fault::setup, fmt::format("embedder {}: the dimension of its vectors cannot be asked",
                                          server_.protocol->url()));
  }

  /// No request may have a reply that would be taken for endless.
  void keep_reply_within(std::size_t bytes) {
    constexpr std::size_t most_digits = 24;  // of a number with its comma
    constexpr std::size_t around_vector = 64;
    const std::size_t texts = bytes / (dimension_ * most_digits + around_vector);
    if (texts == 0) {
      throw InvalidInput("max_reply_bytes", std::to_string(bytes),
                         fmt::format("too small for one vector of {} dimensions", dimension_));
    }
    server_.limits.cap({.texts = texts, .tokens = SIZE_MAX, .bytes = SIZE_MAX});
  }

  /// What stands around the texts takes its part.
  void keep_request_within(std::size_t bytes) {
    std::size_t around = 0;
    for (const Purpose purpose : {Purpose::document, Purpose::query}) {
      const std::string empty = server_.protocol->write({}, server_.styles.of(purpose), server_.encoding());
      around = std::max(around, empty.size());
    }
    server_.limits.cap({.texts = SIZE_MAX, .tokens = SIZE_MAX, .bytes = bytes > around ? bytes - around : 1});
  }

  [[nodiscard]] std::size_t tokens_beside_prefix(std::size_t tokens) const {
    const std::string& prefix = server_.styles.document.prefix;
    const std::size_t taken = estimate_tokens(prefix);
    if (taken < tokens) return tokens - taken;
    throw InvalidInput("embedder_document_prefix", prefix,
                       fmt::format("it leaves nothing of the {} tokens of a text", tokens));
  }

  mutable HttpServer server_;
  const std::string name_;
  const std::size_t max_tokens_;
  const std::size_t dimension_;
};

}  // namespace

bool read_headers_again(const Embedder& embedder) {
  const auto* const http = dynamic_cast<const HttpEmbedder*>(&embedder);
  return http != nullptr && http->read_headers_again();
}

std::shared_ptr<const Embedder> ollama_embedder(const HttpEmbedderOptions& options) {
  check(options);
  return std::make_shared<HttpEmbedder>(options, make_ollama_protocol(options), name_of(options, ":latest"));
}

std::shared_ptr<const Embedder> openai_embedder(const HttpEmbedderOptions& options) {
  check(options);
  return std::make_shared<HttpEmbedder>(options, make_openai_protocol(options), name_of(options, ""));
}

}  // namespace ragqueue
