#include "db/statement.hpp"

#include <fmt/format.h>
#include <libpq-events.h>
#include <libpq-fe.h>

#include <bit>
#include <charconv>
#include <utility>

#include "db/connection_state.hpp"
#include "db/prepared.hpp"
#include "db/sqlstate.hpp"

namespace ragqueue::pg {

namespace {

std::string trimmed(std::string_view message) {
  const std::size_t end = message.find_last_not_of(" \n");
  return std::string(message.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

std::string field(const pg_result* result, unsigned char code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

Error error_of(pg_conn* connection, const pg_result* result) {
  if (result == nullptr) return connection_error(connection);
  const std::string sqlstate = field(result, PG_DIAG_SQLSTATE);
  if (sqlstate.empty()) return connection_error(connection);
  std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  for (const char code : {PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT}) {
    if (const std::string more = field(result, static_cast<unsigned char>(code)); !more.empty())
      message += "; " + more;
  }
  const Fault fault = usable(connection) ? classify(sqlstate) : Fault::outage;
  return {fault, fmt::format("{} (SQLSTATE {})", message, sqlstate), sqlstate};
}

/// The connection's instance data under this procedure is null unless a pipeline of ours is open on it.
int own_pipeline(PGEventId /*event*/, void* /*info*/, void* /*pass*/) {
  return 1;
}

bool is_pipelining(pg_conn* connection) noexcept {
  return PQpipelineStatus(connection) != PQ_PIPELINE_OFF &&
         PQinstanceData(connection, own_pipeline) != nullptr;
}

void end_pipeline(pg_conn* connection) noexcept {
  PQsetInstanceData(connection, own_pipeline, nullptr);
}

/// A statement's parameters as libpq takes them. `params` must live as long.
struct Wire {
  explicit Wire(const Params& params) : count(params.count()), types(params.types().data()) {
    for (const std::optional<std::string>& value : params.values()) {
      values.push_back(value ? value->data() : nullptr);
      lengths.push_back(value ? static_cast<int>(value->size()) : 0);
      formats.push_back(1);
    }
  }
  int count;
  const unsigned* types;
  std::vector<const char*> values{};
  std::vector<int> lengths{}, formats{};
};

Result checked(pg_conn* connection, pg_result* raw) {
  Result result(raw);
  const ExecStatusType status = PQresultStatus(raw);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN) {
    throw error_of(connection, raw);
  }
  return result;
}

}  // namespace

void Result::Clear::operator()(pg_result* result) const noexcept {
  PQclear(result);
}

int Result::rows() const {
  return PQntuples(result_.get());
}

std::size_t Result::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

std::string_view Result::command() const {
  return PQcmdStatus(result_.get());
}

int Result::columns() const {
  return PQnfields(result_.get());
}

std::string_view Result::name(int column) const {
  return PQfname(result_.get(), column);
}

unsigned Result::type(int column) const {
  return PQftype(result_.get(), column);
}

bool Result::null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view Result::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

namespace {

template <class Value>
Value decode(std::string_view bytes) {
  if constexpr (std::is_same_v<Value, std::string>) {
    return std::string(bytes);
  } else if constexpr (std::is_same_v<Value, Uuid>) {
    Uuid::Bytes raw;
    if (bytes.size() != raw.size()) throw Error(Fault::job, "the server sent a uuid of a wrong length");
    std::memcpy(raw.data(), bytes.data(), raw.size());
    return Uuid(raw);
  } else if constexpr (std::is_same_v<Value, Timestamp>) {
    return {decode<std::int64_t>(bytes)};
  } else if constexpr (std::is_same_v<Value, bool>) {
    return bytes.at(0) != 0;
  } else if constexpr (std::is_same_v<Value, float>) {
    if (bytes.size() != sizeof(float)) throw Error(Fault::job, "the server sent a real of a wrong length");
    return std::bit_cast<float>(read<std::int32_t>(bytes.data()));
  } else if constexpr (std::is_same_v<Value, double>) {
    if (bytes.size() != sizeof(double)) throw Error(Fault::job, "the server sent a double of a wrong length");
    return std::bit_cast<double>(read<std::int64_t>(bytes.data()));
  } else {
    if (bytes.size() != sizeof(Value))
      throw Error(Fault::job, "the server sent an integer of a wrong length");
    return read<Value>(bytes.data());
  }
}

std::string_view take(std::string_view& bytes, std::size_t count) {
  if (count > bytes.size()) throw Error(Fault::job, "the server sent an array that ends early");
  const std::string_view taken = bytes.substr(0, count);
  bytes.remove_prefix(count);
  return taken;
}

}  // namespace

template <class Value>
Value Result::get(int row, int column) const {
  return decode<Value>(bytes(row, column));
}

template <class Value>
std::vector<Value> Result::get_array(int row, int column) const {
  std::vector<Value> values;
  if (null(row, column)) return values;
  std::string_view rest = bytes(row, column);
  const auto next = [&rest] { return decode<std::int32_t>(take(rest, sizeof(std::int32_t))); };
  const std::int32_t dimensions = next();
  next();  // may hold NULL
  next();  // element type
  if (dimensions == 0) return values;
  const std::int32_t count = next();
  next();  // lower bound
  for (std::int32_t index = 0; index < count; ++index) {
    const std::int32_t size = next();
    values.push_back(decode<Value>(take(rest, static_cast<std::size_t>(size))));
  }
  return values;
}

template bool Result::get(int, int) const;
template std::int32_t Result::get(int, int) const;
template std::int64_t Result::get(int, int) const;
template double Result::get(int, int) const;
template std::string Result::get(int, int) const;
template Uuid Result::get(int, int) const;
template Timestamp Result::get(int, int) const;
template std::vector<std::string> Result::get_array(int, int) const;
template std::vector<Uuid> Result::get_array(int, int) const;
template std::vector<float> Result::get_array(int, int) const;
template std::vector<std::int32_t> Result::get_array(int, int) const;
template std::vector<double> Result::get_array(int, int) const;

namespace {

bool is_error(const pg_result* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_PIPELINE_ABORTED;
}

void require_sent(pg_conn* connection, int sent) {
  if (sent == 1) return;
  end_pipeline(connection);
  throw connection_error(connection);
}

void send(pg_conn* connection, std::string_view sql, const Params& params) {
  const Wire wire(params);
  require_sent(connection,
               PQsendQueryParams(connection, std::string(sql).c_str(), wire.count, wire.types,
                                 wire.values.data(), wire.lengths.data(), wire.formats.data(), 1));
}

void send(pg_conn* connection, const PreparedStatement& statement, const Params& params) {
  if (!is_prepared(connection)) return send(connection, statement.sql, params);
  const Wire wire(params);
  require_sent(connection, PQsendQueryPrepared(connection, statement.name, wire.count, wire.values.data(),
                                               wire.lengths.data(), wire.formats.data(), 1));
}

void begin_pipeline(pg_conn* connection) {
  if (is_pipelining(connection)) return;
  require_idle(connection);
  // Refused where it is registered already.
  (void)PQregisterEventProc(connection, own_pipeline, "ragqueue pipeline", nullptr);
  if (PQenterPipelineMode(connection) != 1 || PQsetInstanceData(connection, own_pipeline, connection) == 0)
    throw connection_error(connection);
}

/// Takes the replies to all that was sent, and returns the last one, or the first that is an error.
Result take_replies(pg_conn* connection) {
  end_pipeline(connection);
  if (PQpipelineSync(connection) != 1) throw connection_error(connection);
  pg_result* outcome = nullptr;
  bool after_one = false;  // libpq ends each reply with a null; a second one means that it has no more
  while (true) {
    pg_result* const next = PQgetResult(connection);
    if (next == nullptr && !std::exchange(after_one, false)) break;
    if (next == nullptr) continue;
    after_one = true;
    if (PQresultStatus(next) == PGRES_PIPELINE_SYNC) {
      PQclear(next);
      break;
    }
    const bool keeps = outcome != nullptr && is_error(outcome);
    PQclear(keeps ? next : std::exchange(outcome, next));
  }
  (void)PQexitPipelineMode(connection);  // refused only where the connection is broken
  return checked(connection, outcome);
}

}  // namespace

void send_pipelined(pg_conn* connection, std::string_view sql, const Params& params) {
  begin_pipeline(connection);
  send(connection, sql, params);
}

void send_pipelined(pg_conn* connection, const PreparedStatement& statement, const Params& params) {
  begin_pipeline(connection);
  send(connection, statement, params);
}

void sync(pg_conn* connection) {
  if (is_pipelining(connection)) (void)take_replies(connection);
}

Result execute(pg_conn* connection, std::string_view sql, const Params& params) {
  if (is_pipelining(connection)) {
    send(connection, sql, params);
    return take_replies(connection);
  }
  require_idle(connection);
  const Wire wire(params);
  return checked(connection, PQexecParams(connection, std::string(sql).c_str(), wire.count, wire.types,
                                          wire.values.data(), wire.lengths.data(), wire.formats.data(), 1));
}

void prepare(pg_conn* connection, const PreparedStatement& statement) {
  sync(connection);
  require_idle(connection);
  (void)checked(connection,
                PQprepare(connection, statement.name, std::string(statement.sql).c_str(), 0, nullptr));
}

Result execute(pg_conn* connection, const PreparedStatement& statement, const Params& params) {
  if (!is_prepared(connection)) return execute(connection, statement.sql, params);
  if (is_pipelining(connection)) {
    send(connection, statement, params);
    return take_replies(connection);
  }
  require_idle(connection);
  const Wire wire(params);
  return checked(connection, PQexecPrepared(connection, statement.name, wire.count, wire.values.data(),
                                            wire.lengths.data(), wire.formats.data(), 1));
}

void execute_script(pg_conn* connection, const std::string& sql) {
  sync(connection);
  require_idle(connection);
  (void)checked(connection, PQexec(connection, sql.c_str()));
}

std::size_t copy_in(pg_conn* connection, const std::string& sql, std::string_view rows) {
  sync(connection);
  require_idle(connection);
  (void)checked(connection, PQexec(connection, sql.c_str()));
  constexpr std::size_t piece = 1U << 20U;
  bool sent = true;
  for (std::size_t offset = 0; sent && offset < rows.size(); offset += piece) {
    const std::string_view part = rows.substr(offset, piece);
    sent = PQputCopyData(connection, part.data(), static_cast<int>(part.size())) == 1;
  }
  sent = sent && PQputCopyEnd(connection, nullptr) == 1;
  if (!sent) throw connection_error(connection);
  pg_result* outcome = PQgetResult(connection);
  // The connection is idle again only after libpq has handed out its last result.
  PQclear(PQgetResult(connection));
  return checked(connection, outcome).affected();
}

bool in_transaction(pg_conn* connection) noexcept {
  return is_pipelining(connection) || PQtransactionStatus(connection) == PQTRANS_INTRANS;
}

bool idle(pg_conn* connection) noexcept {
  return PQtransactionStatus(connection) == PQTRANS_IDLE;
}

bool usable(pg_conn* connection) noexcept {
  return PQstatus(connection) == CONNECTION_OK;
}

Error connection_error(pg_conn* connection) {
  return {Fault::outage,
          fmt::format("the database connection failed: {}", trimmed(PQerrorMessage(connection)))};
}

}  // namespace ragqueue::pg
