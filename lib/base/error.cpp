#include "ragqueue/error.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"

namespace ragqueue {

namespace {
constexpr std::size_t shown_value_bytes = 80;
}

Error::Error(Fault fault, const std::string& message, std::string sqlstate)
    : std::runtime_error(message), fault_(fault), sqlstate_(std::move(sqlstate)) {}

Error::~Error() = default;

Fault Error::fault() const noexcept {
  return fault_;
}

const std::string& Error::sqlstate() const noexcept {
  return sqlstate_;
}

InvalidInput::InvalidInput(std::string field, std::string_view value, std::string_view reason)
    : Error(Fault::input, fmt::format("{} '{}': {}", field, shorten(value, shown_value_bytes), reason)),
      field_(std::move(field)),
      value_(shorten(value, shown_value_bytes)),
      reason_(reason) {}

InvalidInput::~InvalidInput() = default;

const std::string& InvalidInput::field() const noexcept {
  return field_;
}

const std::string& InvalidInput::value() const noexcept {
  return value_;
}

const std::string& InvalidInput::reason() const noexcept {
  return reason_;
}

Misuse::Misuse(std::string found, std::string expected)
    : Error(Fault::setup,
            fmt::format("wrong use of a database connection: it is {}; expected {}", found, expected)),
      found_(std::move(found)),
      expected_(std::move(expected)) {}

Misuse::~Misuse() = default;

const std::string& Misuse::found() const noexcept {
  return found_;
}

const std::string& Misuse::expected() const noexcept {
  return expected_;
}

LostClaim::LostClaim(const std::string& message) : Error(Fault::job, message) {}

LostClaim::~LostClaim() = default;

}  // namespace ragqueue
