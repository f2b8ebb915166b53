#include "support/cutting_proxy.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

namespace ragqueue::testing {

namespace {

namespace fs = std::filesystem;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long: " + path);
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

std::string socket_of(const std::string& conninfo) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree);
  std::string host, port = "5432";
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr;
       ++option) {
    if (option->val == nullptr) continue;
    if (std::string_view(option->keyword) == "host") host = option->val;
    if (std::string_view(option->keyword) == "port") port = option->val;
  }
  return host + "/.s.PGSQL." + port;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Cuts a stream of one direction into messages: a type (none for the first of a client), a length of four
/// bytes that counts itself, a body.
class Messages {
 public:
  explicit Messages(bool has_startup) : untyped_(has_startup) {}

  /// Returns false at the end of the stream.
  bool read_from(int socket) {
    std::array<char, 65536> buffer{};
    const ssize_t count = recv(socket, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    bytes_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

  std::optional<std::string> next() {
    const std::size_t type = untyped_ ? 0 : 1;
    if (bytes_.size() < type + 4) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t byte = 0; byte < 4; ++byte)
      length = length << 8U | static_cast<unsigned char>(bytes_[type + byte]);
    if (bytes_.size() < type + length) return std::nullopt;
    std::string message = bytes_.substr(0, type + length);
    bytes_.erase(0, type + length);
    untyped_ = false;
    return message;
  }

 private:
  bool untyped_;
  std::string bytes_;
};

}  // namespace

/// One client's connection, and ours to the server for it.
class CuttingProxy::Session {
 public:
  Session(CuttingProxy& proxy, int client, int server) : proxy_(proxy), client_(client), server_(server) {}

  void run() {
    std::array<pollfd, 2> sockets{pollfd{client_, POLLIN, 0}, pollfd{server_, POLLIN, 0}};
    bool open = true;
    while (open && poll(sockets.data(), sockets.size(), -1) >= 0) {
      if (sockets[0].revents != 0) open = from_client_.read_from(client_) && forward_requests();
      if (open && sockets[1].revents != 0) open = from_server_.read_from(server_) && forward_answers();
    }
    shutdown(client_, SHUT_RDWR);
    shutdown(server_, SHUT_RDWR);
  }

 private:
  bool forward_requests() {
    while (const auto message = from_client_.next()) {
      const std::string statement = statement_of(*message);
      if (statement.find("BEGIN") != std::string::npos) marked_ = false;
      if (proxy_.is_marked(statement)) marked_ = true;
      if (marked_ && statement.find("COMMIT") != std::string::npos) {
        const auto moment = proxy_.take_cut();
        if (moment == Moment::before) return false;
        doomed_ = moment == Moment::after;
      }
      if (!send_all(server_, *message)) return false;
    }
    return true;
  }

  /// What a message has the server run: a query, one that is parsed for the moment, or a kept one that is
  /// bound; nothing for others.
  std::string statement_of(const std::string& message) {
    constexpr std::size_t head = 5;
    if (message.size() < head) return {};
    const std::string first = message.c_str() + head;
    const std::string second = message.c_str() + std::min(head + first.size() + 1, message.size());
    switch (message.front()) {
      case 'Q':
        return first;
      case 'P':
        if (!first.empty()) kept_[first] = second;
        return first.empty() ? second : std::string();
      case 'B':
        return second.empty() ? std::string() : kept_[second];
      default:
        return {};
    }
  }

  bool forward_answers() {
    while (const auto message = from_server_.next()) {
      if (doomed_ && message->front() == 'Z') return false;  // ready for the next: it is done
      if (!doomed_ && !send_all(client_, *message)) return false;
    }
    return true;
  }

  CuttingProxy& proxy_;
  int client_, server_;
  Messages from_client_{true}, from_server_{false};
  std::map<std::string, std::string> kept_;
  bool marked_ = false, doomed_ = false;
};

CuttingProxy::CuttingProxy(const std::string& conninfo) : server_(socket_of(conninfo)), conninfo_(conninfo) {
  const sockaddr_un address = address_of(directory_.path() / ".s.PGSQL.5432");
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen in " + directory_.path().string());
  }
  acceptor_ = std::thread([this] { accept_all(); });
}

CuttingProxy::~CuttingProxy() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  for (std::thread& session : sessions_) session.join();
  for (const int socket : sockets_) close(socket);
  close(listener_);
}

std::string CuttingProxy::conninfo() const {
  return conninfo_ + " host=" + directory_.path().string() + " port=5432 sslmode=disable gssencmode=disable";
}

void CuttingProxy::cut_commit_of(std::string part, Moment moment) {
  const std::scoped_lock lock(mutex_);
  cut_ = Cut{.part = std::move(part), .moment = moment};
}

bool CuttingProxy::is_marked(std::string_view statement) {
  const std::scoped_lock lock(mutex_);
  return cut_ && statement.find(cut_->part) != std::string_view::npos;
}

std::optional<CuttingProxy::Moment> CuttingProxy::take_cut() {
  const std::scoped_lock lock(mutex_);
  if (!cut_) return std::nullopt;
  ++cuts_;
  return std::exchange(cut_, std::nullopt)->moment;
}

void CuttingProxy::accept_all() {
  const sockaddr_un address = address_of(server_);
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockets_.insert(sockets_.end(), {client, server});
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      shutdown(client, SHUT_RDWR);
      continue;
    }
    sessions_.emplace_back([this, client, server] { Session(*this, client, server).run(); });
  }
}

}  // namespace ragqueue::testing
