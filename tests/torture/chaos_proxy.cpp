#include "chaos_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "ragqueue/error.hpp"

namespace ragqueue::torture {

namespace {

using local::Descriptor;

constexpr std::size_t most_kept = 65'536;  // bytes on their way, a direction

/// CommandComplete of a COMMIT, as PostgreSQL's protocol has it.
constexpr std::string_view commit_answer(
    "C\0\0\0\x0b"
    "COMMIT\0",
    12);

/// At `port`, or where there is room when it is 0; nothing while somebody else has it.
Descriptor listen_at(int& port) {
  Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.get(), generic, size) != 0 || listen(listener.get(), 64) != 0 ||
      getsockname(listener.get(), generic, &size) != 0) {
    return Descriptor();
  }
  port = ntohs(address.sin_port);
  return listener;
}

Descriptor connect_to(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  Descriptor server(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return Descriptor();
  fcntl(server.get(), F_SETFL, O_NONBLOCK);
  return server;
}

/// Returns false at the end of the connection.
bool read_into(const Descriptor& from, std::string& kept) {
  std::array<char, 16'384> buffer{};
  const ssize_t got = recv(from.get(), buffer.data(), buffer.size(), 0);
  if (got > 0) kept.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

bool write_from(std::string& kept, const Descriptor& to) {
  if (kept.empty()) return true;
  const ssize_t sent = send(to.get(), kept.data(), kept.size(), MSG_NOSIGNAL);
  if (sent > 0) kept.erase(0, static_cast<std::size_t>(sent));
  return sent > 0 || errno == EAGAIN || errno == EINTR;
}

short events_for(const std::string& incoming, const std::string& outgoing) {
  return static_cast<short>((incoming.size() < most_kept ? POLLIN : 0) | (outgoing.empty() ? 0 : POLLOUT));
}

}  // namespace

ChaosProxy::ChaosProxy() : thread_([this] { run(); }) {}

ChaosProxy::~ChaosProxy() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake();
  thread_.join();
}

int ChaosProxy::open_port(std::size_t line, std::filesystem::path socket) {
  int port = 0;
  {
    const std::scoped_lock lock(mutex_);
    ports_.push_back({.line = line, .socket = std::move(socket), .listener = listen_at(port)});
    if (ports_.back().listener.get() < 0) throw Error(Fault::setup, "no port for the proxy");
    ports_.back().number = port;
    lines_[line] = {};
  }
  wake();
  return port;
}

void ChaosProxy::hold(std::size_t line) {
  {
    const std::scoped_lock lock(mutex_);
    lines_[line].held = true;
  }
  wake();
}

void ChaosProxy::cut(std::size_t line) {
  {
    const std::scoped_lock lock(mutex_);
    lines_[line].severed = true;
    for (Connection& connection : connections_) {
      if (connection.line == line) end(connection);
    }
  }
  wake();
}

void ChaosProxy::heal(std::size_t line) {
  {
    const std::scoped_lock lock(mutex_);
    lines_[line] = {};
  }
  wake();
}

void ChaosProxy::lose_commit(std::size_t line) {
  const std::scoped_lock lock(mutex_);
  lines_[line].commit_is_to_be_lost = true;
}

void ChaosProxy::cut_after(std::size_t line, std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  lines_[line].bytes_left = bytes;
}

std::size_t ChaosProxy::cuts() const {
  const std::scoped_lock lock(mutex_);
  return cuts_;
}

std::size_t ChaosProxy::lost_commits() const {
  const std::scoped_lock lock(mutex_);
  return lost_commits_;
}

void ChaosProxy::wake() const {
  if (write(wake_.write_end.get(), "", 1) != 1) throw Error(Fault::setup, "cannot wake the proxy");
}

void ChaosProxy::run() {
  fcntl(wake_.read_end.get(), F_SETFL, O_NONBLOCK);
  for (;;) {
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return;
    }
    round();
  }
}

void ChaosProxy::round() {
  std::vector<pollfd> waited = {{wake_.read_end.get(), POLLIN, 0}};
  {
    const std::scoped_lock lock(mutex_);
    connections_.remove_if([](const Connection& connection) { return connection.over; });
    for (Port& port : ports_) listen_as_the_server_does(port);
    for (const Port& port : ports_) waited.push_back({port.listener.get(), POLLIN, 0});
    for (const Connection& connection : connections_) {
      // A held line is not even looked at: an end of one side is no news for the other.
      const bool held = lines_[connection.line].held;
      waited.push_back(
          {held ? -1 : connection.client.get(), events_for(connection.to_server, connection.to_client), 0});
      waited.push_back(
          {held ? -1 : connection.server.get(), events_for(connection.to_client, connection.to_server), 0});
    }
  }
  const std::size_t ports = waited.size();
  constexpr int look_again = 20;  // ms: nothing tells that a server has come or gone
  if (poll(waited.data(), ports, look_again) < 0) return;
  std::array<char, 256> sink{};
  while (read(wake_.read_end.get(), sink.data(), sink.size()) > 0) {
  }
  const std::scoped_lock lock(mutex_);
  std::size_t next = 1;
  std::vector<Port*> called;
  for (Port& port : ports_) {
    if (next >= waited.size() || waited[next].fd != port.listener.get()) return;  // a new port: look again
    if (waited[next++].revents != 0) called.push_back(&port);
  }
  for (Connection& connection : connections_) {
    const short client = waited[next++].revents, server = waited[next++].revents;
    if (!connection.over && !lines_[connection.line].held) pump(connection, client, server);
  }
  for (const Port* port : called) accept(*port);
}

/// libpq tries the next host when nobody listens, but not when a connection ends before the first answer.
void ChaosProxy::listen_as_the_server_does(Port& port) {
  const bool serves = std::filesystem::exists(port.socket);
  if (!serves) port.listener.close();
  if (serves && port.listener.get() < 0) port.listener = listen_at(port.number);
}

void ChaosProxy::accept(const Port& port) {
  Descriptor client(accept4(port.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (client.get() < 0) return;
  const int on = 1;
  setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  connections_.push_back({.line = port.line, .client = std::move(client), .server = connect_to(port.socket)});
  Connection& connection = connections_.back();
  if (lines_[port.line].severed) {
    end(connection);
  } else if (connection.server.get() < 0) {
    connection.client.close();
    connection.over = true;
  }
}

void ChaosProxy::pump(Connection& connection, short client_events, short server_events) {
  bool alive = true;
  if ((client_events & (POLLIN | POLLHUP | POLLERR)) != 0) {
    alive = read_into(connection.client, connection.to_server) && alive;
  }
  if ((server_events & (POLLIN | POLLHUP | POLLERR)) != 0) {
    std::string answer;
    alive = read_into(connection.server, answer) && alive;
    disturb(connection, answer);
  }
  if (connection.over) return;
  alive = write_from(connection.to_server, connection.server) && alive;
  alive = write_from(connection.to_client, connection.client) && alive;
  if (alive) return;
  connection.client.close();
  connection.server.close();
  connection.over = true;
}

/// Takes what the server said into `to_client`, as far as it is to be heard.
void ChaosProxy::disturb(Connection& connection, std::string& answer) {
  Line& line = lines_[connection.line];
  bool last = false;
  if (line.commit_is_to_be_lost) {
    if (const std::size_t at = answer.find(commit_answer); at != std::string::npos) {
      line.commit_is_to_be_lost = false;
      ++lost_commits_;
      answer.resize(at);
      last = true;
    }
  }
  if (line.bytes_left > 0) {
    if (answer.size() >= line.bytes_left) {
      answer.resize(line.bytes_left);
      last = true;
    }
    line.bytes_left = answer.size() >= line.bytes_left ? 0 : line.bytes_left - answer.size();
  }
  connection.to_client += answer;
  if (!last) return;
  write_from(connection.to_client, connection.client);
  ++cuts_;
  connection.client.close();
  connection.server.close();
  connection.over = true;
}

/// Without a goodbye: what is on its way is lost.
void ChaosProxy::end(Connection& connection) {
  const linger none{.l_onoff = 1, .l_linger = 0};
  setsockopt(connection.client.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  if (!connection.over) ++cuts_;
  connection.client.close();
  connection.server.close();
  connection.over = true;
}

}  // namespace ragqueue::torture
