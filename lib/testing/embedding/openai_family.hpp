#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "testing/embedding/dialect.hpp"
#include "testing/embedding/vector_text.hpp"

namespace ragqueue::testing {

/// The members of one of a reply's vectors.
enum class Member { object, index, embedding };

/// How a server writes its replies: JSON's order is not to be relied on, so each has its own here too.
struct OpenAiLayout {
  std::array<Member, 3> members = {Member::object, Member::embedding, Member::index};
  bool data_last = false;     ///< After the model and the usage.
  bool names_base64 = false;  ///< With `encoding_format` in each vector that is in base64.
  NumberStyle numbers{};
};

/// What the servers of `/v1/embeddings` have in common.
class OpenAiFamily : public Dialect {
 public:
  using Dialect::Dialect;

  [[nodiscard]] std::optional<Route> route(const ReceivedRequest& request) const override;
  [[nodiscard]] std::variant<EmbeddingTask, Refusal> parse(Route route,
                                                           const ReceivedRequest& request) const override;
  [[nodiscard]] HttpReply write(const EmbeddingTask& task,
                                const std::vector<FakeEmbedding>& embeddings) const override;
  [[nodiscard]] ErrorShape shape(Route route) const override;

 protected:
  /// What the server says of a body that is not what it should be.
  [[nodiscard]] virtual Refusal malformed(const std::string& why) const = 0;
  [[nodiscard]] virtual OpenAiLayout layout() const = 0;
  /// The model that a reply names.
  [[nodiscard]] virtual const std::string& named_model(const EmbeddingTask& task) const;
};

/// A reply of `/v1/embeddings`, which Ollama has too.
[[nodiscard]] HttpReply write_openai(const EmbeddingTask& task, const std::string& model,
                                     const std::vector<FakeEmbedding>& embeddings,
                                     const OpenAiLayout& layout);
/// The members that every server's `/v1/embeddings` reads; nothing for an encoding that there is not.
[[nodiscard]] std::optional<EmbeddingTask> read_openai(const Json& body);
/// An error as OpenAI has it, with `param` and `code`.
[[nodiscard]] Refusal openai_refusal(unsigned status, std::string message, std::string type,
                                     const Json& code = nullptr);

}  // namespace ragqueue::testing
