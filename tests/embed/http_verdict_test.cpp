#include "embed/http/http_verdict.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace ragqueue;
using Kind = Verdict::Kind;

namespace {

struct Case {
  unsigned status;
  const char* body;
  Kind kind;
};

const Case cases[] = {
    // Ollama
    {400, R"({"error":"invalid input type"})", Kind::bad_input},
    {400, R"({"error":"missing request body"})", Kind::bad_input},
    {404, R"({"error":"model \"x\" not found, try pulling it first"})", Kind::model_missing},
    {404, R"({"error":"model 'x' not found"})", Kind::model_missing},
    {404, "404 page not found", Kind::route_missing},
    {400, R"({"error":"the input length exceeds the context length"})", Kind::too_long},
    {400, R"({"error":"embedding contains NaN or Inf values"})", Kind::bad_input},
    {500, R"({"error":"failed to encode response: json: unsupported value: NaN"})", Kind::bad_input},
    {503, R"({"error":"server busy, please try again.  maximum pending requests exceeded"})", Kind::overload},
    {500, R"({"error":"llama runner process has terminated: signal: killed"})", Kind::outage},
    {400, R"({"error":"this model does not support embeddings"})", Kind::setup},
    {400, R"({"error":"time: invalid duration \"soon\""})", Kind::setup},
    // OpenAI
    {400,
     R"({"error":{"message":"'$.input' is invalid.","type":"invalid_request_error","param":null,"code":null}})",
     Kind::bad_input},
    {400,
     R"({"error":{"message":"This model's maximum context length is 8192 tokens, however you requested 9000 tokens","type":"invalid_request_error","code":null}})",
     Kind::too_long},
    {400,
     R"({"error":{"message":"Requested 400000 tokens, max 300000 tokens per request","type":"max_tokens_per_request","code":"max_tokens_per_request"}})",
     Kind::too_large},
    {400,
     R"({"error":{"message":"Invalid 'input': array too long. Expected an array with maximum length 2048, but got an array with length 4096 instead.","type":"invalid_request_error","code":"array_above_max_length"}})",
     Kind::too_many_texts},
    {401, R"({"error":{"message":"Incorrect API key provided.","code":"invalid_api_key"}})",
     Kind::key_refused},
    {404, R"({"error":{"message":"The model `x` does not exist","code":"model_not_found"}})",
     Kind::model_missing},
    {404, R"~({"error":{"message":"Invalid URL (POST /v1/models/embeddings)"}})~", Kind::route_missing},
    {408, "", Kind::outage},
    {409, "", Kind::outage},
    {429, R"({"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}})", Kind::overload},
    {400, R"({"error":{"message":"Invalid value for 'dimensions' = 9. Must be at most 8"}})", Kind::setup},
    {400, R"({"error":{"message":"you must provide a model parameter"}})", Kind::setup},
    // llama-server
    {500,
     R"~({"error":{"code":500,"message":"input (602 tokens) is too large to process. increase the physical batch size (current batch size: 512)","type":"server_error"}})~",
     Kind::too_long},
    {400,
     R"({"error":{"code":400,"message":"the request is over","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}})",
     Kind::too_long},
    {501, R"({"error":{"code":501,"message":"no","type":"not_supported_error"}})", Kind::setup},
    {503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})", Kind::overload},
    {404, R"({"error":{"code":404,"message":"File Not Found","type":"not_found_error"}})",
     Kind::route_missing},
    // text-embeddings-inference
    {429, R"({"error":"Model is overloaded","error_type":"Overloaded"})", Kind::overload},
    {422, R"({"message":"batch size 64 > maximum allowed batch size 32","code":422,"type":"Validation"})",
     Kind::too_many_texts},
    {422, R"({"error":"`inputs` must have less than 512 tokens. Given: 600","error_type":"Validation"})",
     Kind::too_long},
    {413, "Failed to buffer the request body: length limit exceeded", Kind::too_large},
    {424, R"({"message":"Backend error","code":424,"type":"Backend"})", Kind::outage},
    // vLLM
    {400, R"({"object":"error","message":"This model's maximum context length is 512 tokens.","code":400})",
     Kind::too_long},
    {400, R"({"error":{"message":"Token id 9 is out of vocabulary","type":"BadRequestError"}})",
     Kind::bad_input},
    {400, R"({"error":{"message":"does not support matryoshka representation"}})", Kind::setup},
    {404, R"({"detail":"Not Found"})", Kind::route_missing},
    {422, R"({"message":"encoding_format: unknown variant `base64`"})", Kind::encoding_refused},
    // Proxies and nonsense
    {502, "<html>Bad Gateway</html>", Kind::outage},
    {302, "", Kind::setup},
    {405, "", Kind::route_missing},
    {418, "", Kind::setup},
    {204, "", Kind::outage},
    {500, "\xff\xfe{", Kind::outage},
    {400, R"({"error":[1]})", Kind::bad_input},
    {200, "anything", Kind::good},
};

}  // namespace

TEST_CASE("A server's status and words have one meaning", "[http]") {
  for (const Case& each : cases) {
    INFO(each.status << " " << each.body);
    CHECK(static_cast<int>(judge(each.status, each.body, 64).kind) == static_cast<int>(each.kind));
  }
}

TEST_CASE("A server's limit of texts is read from its words", "[http]") {
  CHECK(judge(422, R"({"error":"batch size 64 > maximum allowed batch size 32"})", 64).most_texts == 32);
  CHECK(judge(400, R"({"error":"array too long: maximum length 2048, got 4096"})", 4096).most_texts == 2048);
  CHECK(judge(400, R"({"error":"too many inputs"})", 9).most_texts == 0);
}

TEST_CASE("A server's words are kept, shortened, behind the status", "[http]") {
  CHECK(judge(500, R"({"error":{"message":"no luck"}})", 1).words == "HTTP 500: no luck");
  CHECK(judge(502, "", 1).words == "HTTP 502");
  CHECK(judge(500, std::string(100'000, 'x'), 1).words.size() < 600);
}
