#include "ragqueue/http_embedder.hpp"

#include <fmt/format.h>

#include <algorithm>
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

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter != '\x7f'; });
}

void check_header(const std::string& name, const std::string& value) {
  const bool good_name =
      !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
  if (!good_name) throw InvalidInput("embedder_header", name, "no name of a header");
  // Its value may be secret.
  if (value.empty() || !is_visible(value))
    throw InvalidInput("embedder_header", name, "no value of a header");
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
  if (!is_visible(options.api_key)) throw InvalidInput("api_key", "", "it has control characters");
  for (const auto& [name, value] : options.headers) check_header(name, value);
  if (!options.ca_file.empty() && !std::ifstream(options.ca_file)) {
    throw InvalidInput("embedder_ca_file", options.ca_file, "cannot be read");
  }
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

HttpClientOptions client_options(const HttpEmbedderOptions& options) {
  const Credentials credentials = credentials_of(options.url);
  HttpClientOptions client{.user = credentials.user,
                           .password = credentials.password,
                           .ca_file = options.ca_file,
                           .direct = is_loopback(options.url),
                           .connect_deadline = options.connect_deadline,
                           .call_deadline = options.call_deadline,
                           .max_reply_bytes = options.max_reply_bytes,
                           .max_connections = options.max_parallel};
  if (!options.api_key.empty()) client.headers.push_back("Authorization: Bearer " + options.api_key);
  for (const auto& [name, value] : options.headers)
    client.headers.push_back(fmt::format("{}: {}", name, value));
  return client;
}

/// What no error may show. A header may hold a key as well; a short value is none, and would blot out words.
std::vector<std::string> secrets_of(const HttpEmbedderOptions& options) {
  constexpr std::size_t shortest_key = 8;
  std::vector<std::string> secrets{options.api_key, credentials_of(options.url).password};
  std::erase(secrets, "");
  for (const auto& [name, value] : options.headers) {
    if (value.size() >= shortest_key) secrets.push_back(value);
  }
  return secrets;
}

/// Vectors that may be compared have one name: that of the model, and of the dimension where it was cut.
std::string name_of(const HttpEmbedderOptions& options, std::string_view default_tag) {
  std::string name = options.model;
  if (!default_tag.empty() && name.ends_with(default_tag)) name.resize(name.size() - default_tag.size());
  return options.cut ? fmt::format("{}@{}", name, options.dimension) : name;
}

class HttpEmbedder : public Embedder {
 public:
  HttpEmbedder(const HttpEmbedderOptions& options, std::unique_ptr<const HttpProtocol> protocol,
               std::string name)
      : server_{.protocol = std::move(protocol),
                .calls = {client_options(options), options.min_parallel, options.max_parallel},
                .model = options.model,
                .secrets = secrets_of(options),
                .max_tokens = options.max_tokens,
                .retry_after_limit = options.retry_after_limit,
                .max_request_texts = options.max_request_texts,
                .max_request_tokens = options.max_request_tokens,
                .max_request_bytes = options.max_request_bytes},
        name_(std::move(name)),
        dimension_(options.dimension > 0 ? options.dimension : ask_dimension()) {
    keep_reply_within(options.max_reply_bytes);
    keep_request_within(options.max_request_bytes);
  }

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::size_t dimension() const override { return dimension_; }
  [[nodiscard]] EmbedderLimits limits() const override {
    return {.max_tokens = server_.max_tokens, .max_texts = max_call_texts};
  }
  [[nodiscard]] std::size_t count_tokens(std::string_view text) const override {
    return estimate_tokens(text);
  }

  [[nodiscard]] std::vector<RejectedText> embed(std::span<const std::string_view> texts, Purpose /*purpose*/,
                                                std::span<float> vectors,
                                                const std::stop_token& stop) const override {
    check_call(texts, vectors);
    return HttpRun(server_, texts, vectors, dimension_, stop)();
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
      static_cast<void>(HttpRun(server_, {&text, 1}, {}, 0, {})());
    } catch (const WrongDimension& wrong) {
      return wrong.got();
    }
    throw Error(Fault::setup, fmt::format("embedder {}: the dimension of its vectors cannot be asked",
                                          server_.protocol->url(server_.way())));
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
    if (texts < server_.max_request_texts) server_.max_request_texts = texts;
  }

  /// What stands around the texts takes its part.
  void keep_request_within(std::size_t bytes) {
    const std::size_t around = server_.protocol->write({}, HttpProtocol::Way::first).size();
    server_.max_request_bytes = bytes > around ? bytes - around : 1;
  }

  mutable HttpServer server_;
  const std::string name_;
  const std::size_t dimension_;
};

}  // namespace

std::shared_ptr<const Embedder> ollama_embedder(const HttpEmbedderOptions& options) {
  check(options);
  return std::make_shared<HttpEmbedder>(options, make_ollama_protocol(options), name_of(options, ":latest"));
}

std::shared_ptr<const Embedder> openai_embedder(const HttpEmbedderOptions& options) {
  check(options);
  return std::make_shared<HttpEmbedder>(options, make_openai_protocol(options), name_of(options, ""));
}

}  // namespace ragqueue
