#include "texts_in_index.hpp"

#include <fmt/format.h>

namespace rag_worker {

std::string unknown_texts(std::int64_t chunks) {
  return fmt::format(
      "{} chunks have no vector, since the embedder knows next to nothing of their text, as the built-in "
      "model does "
      "of most languages but English: only their words find them. A multilingual --embedder, and then init "
      "--rebuild-index, gives them vectors",
      chunks);
}

}  // namespace rag_worker
