#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "ragqueue/export.hpp"

namespace ragqueue {

/// What kind of thing went wrong, and so what becomes of a job that met it.
enum class Fault {
  input,   ///< The value itself is wrong; trying again cannot help. The job fails at once.
  job,     ///< This unit of work failed; another attempt may succeed. Costs an attempt.
  outage,  ///< A server is down, busy or slow. Costs no attempt; the work is given back.
  setup,   ///< Schema, configuration or model is wrong; a person must act. Costs no attempt.
};

/// The root of every exception that ragqueue throws.
class RAGQUEUE_EXPORT Error : public std::runtime_error {
 public:
  /// `sqlstate` is PostgreSQL's five-character code, or empty when the error did not come from SQL.
  Error(Fault fault, const std::string& message, std::string sqlstate = {});
  ~Error() override;

  [[nodiscard]] Fault fault() const noexcept;
  [[nodiscard]] const std::string& sqlstate() const noexcept;

 private:
  Fault fault_;
  std::string sqlstate_;
};

/// A value was refused before anything was written. Names the field and shows the value (shortened).
class RAGQUEUE_EXPORT InvalidInput : public Error {
 public:
  InvalidInput(std::string field, std::string_view value, std::string_view reason);
  ~InvalidInput() override;

  [[nodiscard]] const std::string& field() const noexcept;
  [[nodiscard]] const std::string& value() const noexcept;
  [[nodiscard]] const std::string& reason() const noexcept;

 private:
  std::string field_;
  std::string value_;
  std::string reason_;
};

/// A call that the connection's state does not allow, such as an enqueue in a transaction that has failed:
/// the program is wrong, and no input of its users. Nothing has been sent. Its fault is Fault::setup.
class RAGQUEUE_EXPORT Misuse : public Error {
 public:
  Misuse(std::string found, std::string expected);
  ~Misuse() override;

  [[nodiscard]] const std::string& found() const noexcept;     ///< The connection's state.
  [[nodiscard]] const std::string& expected() const noexcept;  ///< The state that the call needs.

 private:
  std::string found_;
  std::string expected_;
};

/// An acknowledgement carried a token that is no longer the claim's: somebody else owns the job now.
/// Nothing of the acknowledged unit may stay written; roll its transaction back.
class RAGQUEUE_EXPORT LostClaim : public Error {
 public:
  explicit LostClaim(const std::string& message);
  ~LostClaim() override;
};

}  // namespace ragqueue
