#include "ragqueue/version.hpp"

#define RAGQUEUE_TEXT_OF(number) #number
#define RAGQUEUE_TEXT(number) RAGQUEUE_TEXT_OF(number)

namespace ragqueue {

std::string_view version() noexcept {
  return RAGQUEUE_TEXT(RAGQUEUE_VERSION_MAJOR) "." RAGQUEUE_TEXT(RAGQUEUE_VERSION_MINOR) "." RAGQUEUE_TEXT(
      RAGQUEUE_VERSION_PATCH);
}

}  // namespace ragqueue
