#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "ragqueue/embedder.hpp"

namespace ragqueue {

/// A question's vector, as embed_text() gives it, from a thread of its own, which is asked to stop and left
/// behind when it has not answered within `time`, or when `caller` is. It keeps the embedder for as long as
/// it lasts. While too many that were left behind have not returned, none is begun. Throws as embed_text();
/// Error (Fault::outage) where the time was over.
[[nodiscard]] std::vector<float> embed_by_deadline(const std::shared_ptr<const Embedder>& embedder,
                                                   const std::string& text, std::chrono::milliseconds time,
                                                   const std::stop_token& caller);

}  // namespace ragqueue
