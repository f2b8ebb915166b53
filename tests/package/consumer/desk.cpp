#include "desk.hpp"

ragqueue::Uuid ticket_id(std::string_view text) {
  return ragqueue::Uuid::parse(text, "ticket");
}
