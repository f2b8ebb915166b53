#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "http_client.hpp"
#include "ragqueue/testing/fake_embedding_server.hpp"

using namespace ragqueue::testing;

namespace {

struct Row {
  std::string path;
  std::string body;
  unsigned status;
  std::string answer;
};

/// A text has at most four words, a vector two components.
FakeServerOptions small(EmbeddingDialect dialect) {
  return {.dialect = dialect, .model = "m", .dimension = 2, .max_tokens = 4};
}

void check(const FakeServerOptions& options, const std::vector<Row>& table) {
  const FakeEmbeddingServer server(options);
  for (const Row& row : table) {
    CAPTURE(row.path, row.body);
    const HttpAnswer answer = ask(server.port(), row.path, row.body);
    CHECK(answer.error.empty());
    CHECK(answer.status == row.status);
    CHECK(answer.body == row.answer);
  }
}

}  // namespace

TEST_CASE("fake_vector is the same everywhere, and differs from text to text") {
  CHECK(fake_vector("one", 2) == std::vector<float>{0.925739765F, 0.378161162F});
  CHECK(fake_vector("two", 2) != fake_vector("one", 2));
  double norm = 0;
  for (const float component : fake_vector("", 768)) norm += static_cast<double>(component) * component;
  CHECK(std::abs(norm - 1) < 1e-6);
}

TEST_CASE("Ollama's dialect") {
  const std::string times = R"("total_duration":14143917,"load_duration":1019500)";
  const std::string one = "[0.92573977,0.37816116]", two = "[0.93532556,-0.3537882]";
  check(
      small(EmbeddingDialect::ollama),
      {
          {"/api/embed", R"({"model":"m","input":"one"})", 200,
           R"({"model":"m","embeddings":[)" + one + "]," + times + R"(,"prompt_eval_count":1})"},
          {"/api/embed", R"({"model":"m:latest","input":["one","two"],"keep_alive":"5m","options":{}})", 200,
           R"({"model":"m:latest","embeddings":[)" + one + "," + two + "]," + times +
               R"(,"prompt_eval_count":2})"},
          {"/api/embed", R"({"model":"m"})", 200, R"({"model":"m","embeddings":[]})"},
          {"/api/embed", R"({"model":"m","input":""})", 200, R"({"model":"m","embeddings":[]})"},
          {"/api/embed", R"({"model":"m","input":[]})", 200, R"({"model":"m","embeddings":[]})"},
          {"/api/embed", R"({"model":"m","input":[""]})", 200,
           R"({"model":"m","embeddings":[[0.51638407,-0.8563571]]})"},
          {"/api/embed", R"({"model":"m","input":7})", 400, R"({"error":"invalid input type"})"},
          {"/api/embed", R"({"model":"m","input":["one",7]})", 400, R"({"error":"invalid input type"})"},
          {"/api/embed", R"({"model":"m","input":"one","keep_alive":"x"})", 400,
           R"({"error":"time: invalid duration \"x\""})"},
          {"/api/embed", R"({"model":"x","input":"one"})", 404, R"({"error":"model 'x' not found"})"},
          {"/api/embed", R"({"model":"m","input":["one"],"dimensions":1})", 200,
           R"({"model":"m","embeddings":[[1]],)" + times + R"(,"prompt_eval_count":1})"},
          {"/api/embed", R"({"model":"m","input":["one"],"dimensions":3})", 200,
           R"({"model":"m","embeddings":[)" + one + "]," + times + R"(,"prompt_eval_count":1})"},
          {"/api/embed", R"({"model":"m","input":["a b c d e"],"truncate":false})", 400,
           R"({"error":"the input length exceeds the context length"})"},
          {"/api/embeddings", R"({"model":"m","prompt":"one"})", 200,
           R"({"embedding":[11.108877,4.537934]})"},
          {"/api/embeddings", R"({"model":"m","prompt":""})", 200, R"({"embedding":[]})"},
          {"/api/embeddings", R"({"model":"x","prompt":"one"})", 404,
           R"({"error":"model \"x\" not found, try pulling it first"})"},
          {"/v1/embeddings", R"({"model":"m","input":"one","encoding_format":"base64"})", 200,
           R"({"object":"list","data":[{"object":"embedding","embedding":"SP1sP1eewT4=","index":0}],)"
           R"("model":"m","usage":{"prompt_tokens":1,"total_tokens":1}})"},
          {"/v1/embeddings", R"({"model":"m","input":[]})", 400,
           R"({"error":{"code":null,"message":"invalid input","param":null,"type":"invalid_request_error"}})"},
          {"/", "", 200, "Ollama is running"},
          {"/api/version", "", 200, R"({"version":"0.13.0"})"},
          {"/api/show", R"({"model":"x"})", 404, R"({"error":"model 'x' not found"})"},
          {"/api/nothing", "", 404, "404 page not found"},
      });
}

TEST_CASE("Ollama cuts a text that is too long, unless told not to") {
  const FakeEmbeddingServer server(small(EmbeddingDialect::ollama));
  const std::string four = ask(server.port(), "/api/embed", R"({"model":"m","input":"a b c d"})").body;
  CHECK(ask(server.port(), "/api/embed", R"({"model":"m","input":"a b c d e"})").body == four);
  CHECK(ask(server.port(), "/api/embed", R"({"model":"m","input":"a b c d e","truncate":true})").body ==
        four);
}

TEST_CASE("an Ollama of before /api/embed") {
  check(small(EmbeddingDialect::legacy_ollama),
        {
            {"/api/embed", R"({"model":"m","input":"one"})", 404, "404 page not found"},
            {"/v1/embeddings", R"({"model":"m","input":"one"})", 404, "404 page not found"},
            {"/api/embeddings", R"({"model":"m","prompt":"one"})", 200,
             R"({"embedding":[11.108877,4.537934]})"},
            {"/api/version", "", 200, R"({"version":"0.1.48"})"},
        });
}

TEST_CASE("OpenAI's dialect") {
  const auto error = [](const std::string& message, const std::string& code = "null",
                        const std::string& type = "invalid_request_error") {
    return R"({"error":{"code":)" + code + R"(,"message":")" + message + R"(","param":null,"type":")" + type +
           R"("}})";
  };
  FakeServerOptions options = small(EmbeddingDialect::openai);
  options.max_texts = 3;
  options.max_request_tokens = 6;
  check(
      options,
      {
          {"/v1/embeddings", R"({"model":"m","input":"one"})", 200,
           R"({"object":"list","data":[{"object":"embedding","index":0,)"
           R"("embedding":[0.9257397651672363,0.37816116213798523]}],)"
           R"("model":"m","usage":{"prompt_tokens":1,"total_tokens":1}})"},
          {"/v1/embeddings", R"({"model":"m","input":["one","two"],"encoding_format":"base64"})", 200,
           R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"SP1sP1eewT4="},)"
           R"({"object":"embedding","index":1,"embedding":"f3FvP7ojtb4="}],)"
           R"("model":"m","usage":{"prompt_tokens":2,"total_tokens":2}})"},
          {"/v1/embeddings", R"({"model":"m","input":"one","dimensions":1,"encoding_format":"base64"})", 200,
           R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPw=="}],)"
           R"("model":"m","usage":{"prompt_tokens":1,"total_tokens":1}})"},
          {"/v1/embeddings", R"({"model":"x","input":"one"})", 404,
           error("The model `x` does not exist or you do not have access to it.", R"("model_not_found")")},
          {"/v1/embeddings", R"({"model":"m","input":["one",""]})", 400,
           error("'$.input' is invalid. Please check the API reference: "
                 "https://platform.openai.com/docs/api-reference.")},
          {"/v1/embeddings", R"({"model":"m","input":[]})", 400,
           error("Invalid 'input': input cannot be an empty array.")},
          {"/v1/embeddings", R"({"model":"m","input":["1","2","3","4"]})", 400,
           error("Invalid 'input': array too long. Expected an array with maximum length 3, but got an array "
                 "with "
                 "length 4 instead.",
                 R"("array_above_max_length")")},
          {"/v1/embeddings", R"({"model":"m","input":["1 2 3 4","1 2 3"]})", 400,
           error("Requested 7 tokens, max 6 tokens per request", R"("max_tokens_per_request")",
                 "max_tokens_per_request")},
          {"/v1/embeddings", R"({"model":"m","input":"1 2 3 4 5"})", 400,
           error("This model's maximum context length is 4 tokens, however you requested 5 tokens (5 in your "
                 "prompt; 0 for the completion). Please reduce your prompt; or completion length.")},
          {"/v1/models", "", 200,
           R"({"data":[{"created":1700000000,"id":"m","object":"model","owned_by":"system"}],"object":"list"})"},
          {"/api/embed", R"({"model":"m","input":"one"})", 404, error("Invalid URL (POST /api/embed)")},
      });
}

// Compared with llama-server 0.7.0, started with --ctx-size 4 --ubatch-size 8.
TEST_CASE("llama-server's dialect") {
  const auto reply = [](const std::string& vector, int tokens, const std::string& more = "") {
    const std::string count = std::to_string(tokens);
    return R"({"object":"list","model":"any","usage":{"prompt_tokens":)" + count + R"(,"total_tokens":)" +
           count + R"(},"data":[{"embedding":)" + vector + R"(,"index":0,"object":"embedding")" + more +
           "}]}";
  };
  check(
      small(EmbeddingDialect::llama_server),
      {
          {"/v1/embeddings", R"({"model":"any","input":"one"})", 200,
           reply("[0.9257397651672363,0.37816116213798523]", 1)},
          {"/v1/embeddings", R"({"model":"any","input":"one","encoding_format":"base64","dimensions":1})",
           200, reply(R"("SP1sP1eewT4=")", 1, R"(,"encoding_format":"base64")")},
          {"/v1/embeddings", R"({"model":"any","input":[""]})", 200, reply("[0,0]", 0)},
          {"/v1/embeddings", R"({"input":[]})", 400,
           R"({"error":{"code":400,"message":"\"input\" must not be empty","type":"invalid_request_error"}})"},
          {"/v1/embeddings", R"({"input":"1 2 3 4 5"})", 400,
           R"({"error":{"code":400,"message":"input (5 tokens) is larger than the max context size (4 tokens). )"
           R"(skipping","n_ctx":4,"n_prompt_tokens":5,"type":"exceed_context_size_error"}})"},
          {"/v1/embeddings", R"({"input":["1","1 2 3 4 5 6 7 8 9"]})", 500,
           R"j({"error":{"code":500,"message":"input (9 tokens) is too large to process. increase the )j"
           R"j(physical batch size (current batch size: 8)","type":"server_error"}})j"},
          {"/api/embed", R"({"model":"m","input":"one"})", 404,
           R"({"error":{"code":404,"message":"File Not Found","type":"not_found_error"}})"},
          {"/health", "", 200, R"({"status":"ok"})"},
      });
}

TEST_CASE("text-embeddings-inference's dialect") {
  FakeServerOptions options = small(EmbeddingDialect::text_embeddings_inference);
  options.max_body_bytes = 200;
  const std::string many = R"(["1")" + [] {
    std::string more;
    for (int i = 0; i < 32; ++i) more += R"(,"")";
    return more;
  }() + "]";
  check(
      options,
      {
          {"/v1/embeddings", R"({"input":"one","encoding_format":"base64"})", 200,
           R"({"object":"list","data":[{"object":"embedding","embedding":"SP1sP1eewT4=","index":0}],)"
           R"("model":"m","usage":{"prompt_tokens":1,"total_tokens":1}})"},
          {"/v1/embeddings", R"({"input":)" + many + "}", 422,
           R"({"code":422,"message":"batch size 33 > maximum allowed batch size 32","type":"Validation"})"},
          {"/v1/embeddings", R"({"input":"1 2 3 4 5"})", 422,
           R"({"code":422,"message":"Input validation error: `inputs` must have less than 4 tokens. Given: 5",)"
           R"("type":"Validation"})"},
          {"/v1/embeddings", R"({"input":["one",""]})", 400,
           R"({"code":400,"message":"Input validation error: `inputs` cannot be empty","type":"Empty"})"},
          {"/v1/embeddings", R"({"input":")" + std::string(200, 'x') + R"("})", 413,
           "Failed to buffer the request body: length limit exceeded"},
          {"/embed", R"({"inputs":["one"]})", 200, "[[0.92573977,0.37816116]]"},
          {"/embed", R"({"inputs":"1 2 3 4 5"})", 422,
           R"({"error":"Input validation error: `inputs` must have less than 4 tokens. Given: 5",)"
           R"("error_type":"Validation"})"},
          {"/health", "", 200, ""},
          {"/v1/models", "", 404, ""},
      });
}

TEST_CASE("vLLM's dialect has errors of two shapes") {
  check(
      small(EmbeddingDialect::vllm),
      {
          {"/v1/embeddings", R"({"model":"m","input":["one"]})", 200,
           R"({"object":"list","model":"m","usage":{"prompt_tokens":1,"total_tokens":1},)"
           R"("data":[{"index":0,"object":"embedding","embedding":[0.9257397651672363,0.37816116213798523]}]})"},
          {"/v1/embeddings", R"({"model":"x","input":"one"})", 404,
           R"({"error":{"code":404,"message":"The model `x` does not exist.","param":null,"type":"NotFoundError"}})"},
          {"/v1/embeddings", R"({"model":"m","input":"1 2 3 4 5"})", 400,
           R"({"code":400,"message":"This model's maximum context length is 4 tokens. However, you requested 5 )"
           R"(tokens in the input for embedding generation. Please reduce the length of the input.",)"
           R"("object":"error","param":null,"type":"BadRequestError"})"},
          {"/v1/embeddings", R"({"model":"m","input":[]})", 400,
           R"({"error":{"code":400,"message":"Please provide at least one prompt","param":null,)"
           R"("type":"BadRequestError"}})"},
          {"/version", "", 200, R"({"version":"0.11.0"})"},
      });
}

TEST_CASE("a key is asked for as each server does it") {
  for (const auto& [dialect, refusal] : std::vector<std::pair<EmbeddingDialect, std::string>>{
           {EmbeddingDialect::openai,
            R"({"error":{"code":"invalid_api_key","message":"Incorrect API key provided.","param":null,)"
            R"("type":"invalid_request_error"}})"},
           {EmbeddingDialect::llama_server,
            R"({"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}})"},
           {EmbeddingDialect::text_embeddings_inference, ""},
       }) {
    FakeServerOptions options = small(dialect);
    options.api_key = "secret";
    const FakeEmbeddingServer server(options);
    const std::string body = R"({"model":"m","input":"one"})";
    const HttpAnswer answer = ask(server.port(), "/v1/embeddings", body);
    CHECK(answer.status == 401);
    CHECK(answer.body == refusal);
    CHECK(ask(server.port(), "/v1/embeddings", body, {{"Authorization", "Bearer wrong"}}).status == 401);
    CHECK(ask(server.port(), "/v1/embeddings", body, {{"Authorization", "Bearer secret"}}).status == 200);
  }
}
