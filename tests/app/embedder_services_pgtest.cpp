// The manual's options for each service, tried before a server that speaks as that service does.

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <ragqueue/testing/fake_embedding_server.hpp>
#include <sstream>

#include "helpdesk.hpp"
#include "program.hpp"
#include "support/temporary_directory.hpp"

using program::Helpdesk;
using ragqueue::testing::EmbeddingCall;
using ragqueue::testing::EmbeddingDialect;
using ragqueue::testing::FakeEmbeddingServer;
using ragqueue::testing::ServerFault;
using Json = nlohmann::json;

namespace {

/// What a service asks for, as its reference has it.
struct Service {
  const char* name;
  const char* path;
  const char* query = "";               ///< Of the URL.
  const char* key_header = "";          ///< Empty for `Authorization`.
  const char* member = "";              ///< That must be in the body,
  const char* of_documents = "";        ///< with this value for a document,
  const char* of_questions = "";        ///< and this for a question.
  const char* only_encoding = nullptr;  ///< Other values of `encoding_format` are refused; empty: any is.
  std::size_t max_texts = 2048;
  std::size_t dimension = 64;
  bool omits_first_index = false;
};

// clang-format off
const std::vector<Service> services = {
    {.name = "azure", .path = "/openai/deployments/DEPLOYMENT/embeddings", .query = "?api-version=2024-10-21", .key_header = "api-key"},
    {.name = "gemini", .path = "/v1beta/openai/embeddings", .max_texts = 100, .dimension = 1536, .omits_first_index = true},
    {.name = "mistral", .path = "/v1/embeddings", .only_encoding = "float"},
    {.name = "jina", .path = "/v1/embeddings", .member = "task", .of_documents = "retrieval.passage", .of_questions = "retrieval.query", .only_encoding = ""},
    {.name = "voyage", .path = "/v1/embeddings", .member = "input_type", .of_documents = "document", .of_questions = "query", .only_encoding = "base64"},
    {.name = "nim", .path = "/v1/embeddings", .member = "input_type", .of_documents = "passage", .of_questions = "query", .only_encoding = "float"},
};
// clang-format on

/// A line of the manual as a shell reads it, with the service's own host replaced.
std::vector<std::string> options_of(const std::string& service, const std::string& url,
                                    const std::string& file) {
  std::ifstream manual(RAG_WORKER_MANUAL);
  std::string line;
  while (std::getline(manual, line) && line != "# " + service) continue;
  REQUIRE(std::getline(manual, line));
  std::vector<std::string> words{"--embedder", "openai"};
  std::istringstream text(line);
  for (std::string word; text >> word;) {
    std::erase(word, '\'');
    if (word.starts_with("http")) {
      const auto path = word.find('/', word.find("//") + 2);
      word = url + (path == std::string::npos ? "" : word.substr(path));
    }
    words.push_back(word == "FILE" ? file : word);
  }
  return words;
}

std::string model_of(const std::vector<std::string>& options) {
  return *std::next(std::find(options.begin(), options.end(), "--embedder-model"));
}

ServerFault refusal(const std::string& message) {
  return {.kind = ServerFault::Kind::refused, .status = 400, .message = message};
}

std::optional<ServerFault> answer(const Service& service, const EmbeddingCall& call,
                                  const std::string& asked) {
  const Json body = Json::parse(call.body);
  if (call.path != std::string(service.path) + service.query) return refusal("no such path: " + call.path);
  if (*service.member != '\0') {
    if (!body.contains(service.member)) return refusal(std::string(service.member) + " is required");
    if (body.at(service.member) != asked) return refusal("not what is asked for");
  }
  if (service.only_encoding != nullptr && body.contains("encoding_format") &&
      body.at("encoding_format") != service.only_encoding)
    return refusal("invalid request");
  if (service.omits_first_index && call.texts.size() == 1)
    return ServerFault{.kind = ServerFault::Kind::missing_index};
  return std::nullopt;
}

class Secret {
 public:
  explicit Secret(const std::string& text) {
    std::ofstream(path()) << text << '\n';
    std::filesystem::permissions(path(), std::filesystem::perms(0600));
  }
  [[nodiscard]] std::string path() const { return directory_.path() / "secret"; }

 private:
  ragqueue::testing::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("the manual's options set up each service: init, index and search") {
  for (const Service& service : services) {
    INFO(service.name);
    const Secret secret(*service.key_header == '\0' ? "sk-key"
                                                    : std::string(service.key_header) + ": sk-key");
    FakeEmbeddingServer server({.dialect = EmbeddingDialect::openai,
                                .model = model_of(options_of(service.name, "", "")),
                                .dimension = service.dimension,
                                .max_texts = service.max_texts,
                                .api_key = "sk-key",
                                .key_header = service.key_header,
                                .path = service.path});
    std::string asked = service.of_documents;
    server.set_faults([&](const EmbeddingCall& call) { return answer(service, call, asked); });
    const Helpdesk desk;
    const auto with_options = [&](const std::vector<std::string>& command) {
      std::vector<std::string> arguments = options_of(service.name, server.url(), secret.path());
      arguments.insert(arguments.end(), command.begin(), command.end());
      return arguments;
    };
    CHECK(desk.json(with_options({"init"})).at("dimension") == service.dimension);
    CHECK(desk.json({"enqueue", Helpdesk::org, "kb", Helpdesk::wifi}).contains("id"));
    CHECK(desk.json(with_options({"run", "--drain"})).at("done") == 1);
    asked = service.of_questions;
    CHECK(desk.json(with_options({"search", Helpdesk::org, "--mode", "vector", "wifi"})).size() == 1);
  }
}
