#pragma once

#include <memory>

#include "testing/embedding/dialect.hpp"

namespace ragqueue::testing {

[[nodiscard]] std::unique_ptr<Dialect> make_ollama(const FakeServerOptions& options);
[[nodiscard]] std::unique_ptr<Dialect> make_openai(const FakeServerOptions& options);
[[nodiscard]] std::unique_ptr<Dialect> make_llama_server(const FakeServerOptions& options);
[[nodiscard]] std::unique_ptr<Dialect> make_text_embeddings_inference(const FakeServerOptions& options);
[[nodiscard]] std::unique_ptr<Dialect> make_vllm(const FakeServerOptions& options);

}  // namespace ragqueue::testing
