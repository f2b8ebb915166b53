#include "db/refusal.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "db/sqlstate.hpp"

namespace ragqueue::pg {

namespace {

using Clock = std::chrono::steady_clock;
using Attempt = std::unique_ptr<PGconn, decltype(&PQfinish)>;

constexpr std::chrono::seconds patience{10};  // for the second attempt, over all its hosts

/// Connects, with the SQLSTATE in what libpq says of a refusal. Returns nothing when the time was over.
std::optional<PostgresPollingStatusType> connect(PGconn* attempt) {
  PQsetErrorVerbosity(attempt, PQERRORS_VERBOSE);
  const auto end = Clock::now() + patience;
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
    pollfd socket{.fd = PQsocket(attempt), .events = POLLIN, .revents = 0};
    if (state == PGRES_POLLING_WRITING) socket.events = POLLOUT;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0 || poll(&socket, 1, static_cast<int>(left.count())) == 0) return std::nullopt;
    state = PQconnectPoll(attempt);
  }
  return state;
}

/// Whether only a host in a certain state is wanted: that of those which answer none is in it may change.
bool is_choosy(PGconn* failed) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfo(failed),
                                                                             PQconninfoFree);
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr;
       ++option) {
    if (std::string_view(option->keyword) == "target_session_attrs" && option->val != nullptr)
      return std::string_view(option->val) != "any";
  }
  return false;
}

bool is_sqlstate(std::string_view word) {
  return word.size() == 5 &&
         word.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

}  // namespace

Fault fault_of_message(std::string_view verbose_message, Fault otherwise) {
  constexpr std::string_view before = ":  ";  // behind the severity, which is in the server's language
  for (std::size_t at = verbose_message.find(before); at != std::string_view::npos;
       at = verbose_message.find(before, at + 1)) {
    const std::string_view rest = verbose_message.substr(at + before.size());
    const std::string_view word = rest.substr(0, 5);
    if (!is_sqlstate(word) || !rest.substr(5).starts_with(":")) continue;
    if (classify(word) == Fault::outage) return Fault::outage;
    otherwise = Fault::setup;
  }
  return otherwise;
}

Fault fault_of_refusal(pg_conn* failed, const char* const* keywords, const char* const* values) {
  const PGPing ping = PQpingParams(keywords, values, 1);
  if (ping == PQPING_NO_ATTEMPT) return Fault::setup;
  if (ping != PQPING_OK) return Fault::outage;
  const Attempt attempt(PQconnectStartParams(keywords, values, 1), PQfinish);
  if (!attempt || PQstatus(attempt.get()) == CONNECTION_BAD) return Fault::setup;
  const auto state = connect(attempt.get());
  if (state != PGRES_POLLING_FAILED) return Fault::outage;  // it would have us now, or is too slow to say
  return fault_of_message(PQerrorMessage(attempt.get()), is_choosy(failed) ? Fault::outage : Fault::setup);
}

}  // namespace ragqueue::pg
