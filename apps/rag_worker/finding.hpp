#pragma once

#include <string>

namespace rag_worker {

/// What doctor found, and what to do about it; that is empty where the finding says so itself.
struct Finding {
  std::string check;
  std::string state = "ok";  ///< Or `note`: no fault unless the part is used; `fault`; `skipped`.
  std::string words{};
  std::string advice{};
};

}  // namespace rag_worker
