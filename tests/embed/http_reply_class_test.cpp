#include "embed/http/http_reply_class.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace ragqueue;
using Kind = ReplyClass::Kind;

namespace {

struct Case {
  unsigned status;
  const char* body;
  Kind kind;
};

const Case cases[] = {
    // Ollama
    {400, R"({"error":"invalid input type"})", Kind::refused},
    {400, R"({"error":"missing request body"})", Kind::refused},
    {404, R"({"error":"model \"x\" not found, try pulling it first"})", Kind::model_missing},
    {404, R"({"error":"model 'x' not found"})", Kind::model_missing},
    {404, "404 page not found", Kind::route_missing},
    {400, R"({"error":"the input length exceeds the context length"})", Kind::too_large},
    {400, R"({"error":"embedding contains NaN or Inf values"})", Kind::refused},
    {500, R"({"error":"failed to encode response: json: unsupported value: NaN"})", Kind::refused},
    {503, R"({"error":"server busy, please try again.  maximum pending requests exceeded"})", Kind::overload},
    {500, R"({"error":"llama runner process has terminated: signal: killed"})", Kind::failed},
    {400, R"({"error":"this model does not support embeddings"})", Kind::refused},
    {400, R"({"error":"time: invalid duration \"soon\""})", Kind::refused},
    // OpenAI
    {400,
     R"({"error":{"message":"'$.input' is invalid.","type":"invalid_request_error","param":null,"code":null}})",
     Kind::refused},
    {400,
     R"({"error":{"message":"This model's maximum context length is 8192 tokens, however you requested 9000 tokens","type":"invalid_request_error","code":null}})",
     Kind::too_large},
    {400,
     R"({"error":{"message":"Requested 400000 tokens, max 300000 tokens per request","type":"max_tokens_per_request","code":"max_tokens_per_request"}})",
     Kind::too_large},
    {400,
     R"({"error":{"message":"Invalid 'input': array too long. Expected an array with maximum length 2048, but got an array with length 4096 instead.","type":"invalid_request_error","code":"array_above_max_length"}})",
     Kind::too_large},
    {401, R"({"error":{"message":"Incorrect API key provided.","code":"invalid_api_key"}})",
     Kind::key_refused},
    {404, R"({"error":{"message":"The model `x` does not exist","code":"model_not_found"}})",
     Kind::model_missing},
    {404, R"~({"error":{"message":"Invalid URL (POST /v1/models/embeddings)"}})~", Kind::route_missing},
    {408, "", Kind::failed},
    {409, "", Kind::failed},
    {429, R"({"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}})", Kind::overload},
    {400, R"({"error":{"message":"Invalid value for 'dimensions' = 9. Must be at most 8"}})", Kind::refused},
    {400, R"({"error":{"message":"you must provide a model parameter"}})", Kind::refused},
    // llama-server
    {500,
     R"~({"error":{"code":500,"message":"input (602 tokens) is too large to process. increase the physical batch size (current batch size: 512)","type":"server_error"}})~",
     Kind::too_large},
    {400,
     R"({"error":{"code":400,"message":"the request is over","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}})",
     Kind::too_large},
    {501, R"({"error":{"code":501,"message":"no","type":"not_supported_error"}})", Kind::setup},
    {503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})", Kind::overload},
    {404, R"({"error":{"code":404,"message":"File Not Found","type":"not_found_error"}})",
     Kind::route_missing},
    // text-embeddings-inference
    {429, R"({"error":"Model is overloaded","error_type":"Overloaded"})", Kind::overload},
    {422, R"({"message":"batch size 64 > maximum allowed batch size 32","code":422,"type":"Validation"})",
     Kind::too_large},
    {422, R"({"error":"`inputs` must have less than 512 tokens. Given: 600","error_type":"Validation"})",
     Kind::too_large},
    {413, "Failed to buffer the request body: length limit exceeded", Kind::too_large},
    {424, R"({"message":"Backend error","code":424,"type":"Backend"})", Kind::failed},
    // vLLM
    {400, R"({"object":"error","message":"This model's maximum context length is 512 tokens.","code":400})",
     Kind::too_large},
    {400, R"({"error":{"message":"Token id 9 is out of vocabulary","type":"BadRequestError"}})",
     Kind::refused},
    {400, R"({"error":{"message":"does not support matryoshka representation"}})", Kind::refused},
    {404, R"({"detail":"Not Found"})", Kind::route_missing},
    {422, R"({"message":"encoding_format: unknown variant `base64`"})", Kind::refused},
    // Proxies and nonsense
    {502, "<html>Bad Gateway</html>", Kind::failed},
    {302, "", Kind::setup},
    {405, "", Kind::route_missing},
    {418, "", Kind::setup},
    {204, "", Kind::failed},
    {500, "\xff\xfe{", Kind::failed},
    {400, R"({"error":[1]})", Kind::refused},
    {200, "anything", Kind::good},
};

std::vector<std::string_view> texts(std::size_t count) {
  return std::vector<std::string_view>(count, "a page");
}

ReplyClass classify(unsigned status, std::string_view body, std::size_t count = 64) {
  return classify_reply(status, body, texts(count));
}

}  // namespace

TEST_CASE("A server's status and words have one meaning", "[http]") {
  for (const Case& each : cases) {
    INFO(each.status << " " << each.body);
    CHECK(static_cast<int>(classify(each.status, each.body).kind) == static_cast<int>(each.kind));
  }
}

TEST_CASE("That a text is too long is told by a rule, and not by a list of wordings", "[http]") {
  const std::pair<unsigned, const char*> wordings[] = {
      {400, "the input length exceeds the context length"},
      {400,
       "This model's maximum context length is 512 tokens. However, you requested 600 tokens in the input "
       "for embedding generation. Please reduce the length of the input."},
      {400, "Invalid 'input[0]': maximum input length is 8192 tokens."},
      {400, "Input length 1100 exceeds maximum allowed token size 512"},
      {500, "Requested tokens (2285) exceed context window of 2048"},
      {400, "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 8192]"},
      {422, "`inputs` must have less than 512 tokens. Given: 600"},
      {400, "Text is too long: 9000 characters, and 8000 are the limit"},
      {413, "nothing that is understood"},
  };
  for (const auto& [status, message] : wordings) {
    INFO(message);
    CHECK(
        static_cast<int>(classify(status, std::string(R"({"error":{"message":")") + message + "\"}}").kind) ==
        static_cast<int>(Kind::too_large));
  }
}

TEST_CASE("What there is too much of is told by the words", "[http]") {
  using Measure = ReplyClass::Measure;
  const auto measure = [](unsigned status, const std::string& message) {
    return static_cast<int>(classify(status, R"({"message":")" + message + "\"}").measure);
  };
  CHECK(measure(400, "batch size is invalid, it should not be larger than 10.: input.contents") ==
        static_cast<int>(Measure::texts));
  CHECK(measure(400, "Too many inputs in request, split into more batches.") ==
        static_cast<int>(Measure::texts));
  CHECK(measure(400, "Too many tokens overall, split into more batches.") ==
        static_cast<int>(Measure::tokens));
  CHECK(measure(400,
                "The max allowed tokens per submitted batch is 120000. Your batch has 130000 tokens after "
                "truncation.") == static_cast<int>(Measure::tokens));
  CHECK(measure(413, "Request Entity Too Large") == static_cast<int>(Measure::bytes));
}

TEST_CASE("Words that a server quotes from a text mean nothing", "[http]") {
  const std::string_view text = "Our dimensions exceed the maximum context length of 512 tokens!";
  const std::string body =
      R"({"error":"cannot embed 'our dimensions exceed the maximum context length of 512'"})";
  CHECK(static_cast<int>(classify_reply(400, body, {&text, 1}).kind) == static_cast<int>(Kind::refused));
  CHECK(static_cast<int>(classify_reply(400, body, texts(1)).kind) == static_cast<int>(Kind::too_large));
  const std::string_view lure = "too many inputs: 1";
  CHECK(static_cast<int>(classify_reply(400, R"({"error":"bad: too many inputs: 1"})", {&lure, 1}).kind) ==
        static_cast<int>(Kind::refused));
}

TEST_CASE("An error behind status 200 keeps its words", "[http]") {
  CHECK(classify_unusable_reply(R"({"error":{"message":"no credit left"}})", "no data", {}).words ==
        "HTTP 200: no credit left");
  CHECK(classify_unusable_reply(R"({"data":[]})", "0 vectors", {}).words ==
        "a reply that cannot be believed: 0 vectors");
}

TEST_CASE("A server's limit of texts is read from its words", "[http]") {
  CHECK(classify(422, R"({"error":"batch size 64 > maximum allowed batch size 32"})").most_texts == 32);
  CHECK(classify(400, R"({"error":"array too long: maximum length 2048, got 4096"})", 4096).most_texts ==
        2048);
  CHECK(classify(400, R"({"error":"too many inputs"})", 9).most_texts == 0);
}

TEST_CASE("A server's words are kept, shortened, behind the status", "[http]") {
  CHECK(classify(500, R"({"error":{"message":"no luck"}})").words == "HTTP 500: no luck");
  CHECK(classify(502, "").words == "HTTP 502");
  CHECK(classify(500, std::string(100'000, 'x')).words.size() < 600);
}
