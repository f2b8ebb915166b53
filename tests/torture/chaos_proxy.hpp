#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "local/child_process.hpp"

namespace ragqueue::torture {

/// The network between workers and servers: TCP ports whose connections are forwarded to unix sockets, in
/// lines that can be disturbed one by one. Thread-safe.
class ChaosProxy {
 public:
  ChaosProxy();
  ~ChaosProxy();
  ChaosProxy(const ChaosProxy&) = delete;
  ChaosProxy& operator=(const ChaosProxy&) = delete;

  /// A new port of the line, which leads to `socket`.
  [[nodiscard]] int open_port(std::size_t line, std::filesystem::path socket);

  /// Nothing is forwarded from now on, and nobody is told.
  void hold(std::size_t line);
  /// All connections end, and new ones end at once.
  void cut(std::size_t line);
  /// Back to work; what was held arrives late.
  void heal(std::size_t line);
  /// The next COMMIT that the server confirms is not heard of, and its connection ends.
  void lose_commit(std::size_t line);
  /// The connection that carries the server's `bytes`-th byte from now ends with it.
  void cut_after(std::size_t line, std::size_t bytes);

  /// Connections that ended by cut(), lose_commit() or cut_after().
  [[nodiscard]] std::size_t cuts() const;
  /// COMMIT answers that were lost.
  [[nodiscard]] std::size_t lost_commits() const;

 private:
  struct Line {
    bool held = false, severed = false, commit_is_to_be_lost = false;
    std::size_t bytes_left = 0;  ///< 0: no end in sight.
  };
  struct Port {
    std::size_t line;
    std::filesystem::path socket;
    local::Descriptor listener;
    int number = 0;
  };
  struct Connection {
    std::size_t line;
    local::Descriptor client, server;
    std::string to_server{}, to_client{};  ///< Read, and not written yet.
    bool over = false;
  };

  void run();
  void round();
  static void listen_as_the_server_does(Port& port);
  void accept(const Port& port);
  void pump(Connection& connection, short client_events, short server_events);
  void disturb(Connection& connection, std::string& answer);
  void end(Connection& connection);
  void wake() const;

  mutable std::mutex mutex_;
  std::map<std::size_t, Line> lines_;
  std::list<Port> ports_;
  std::list<Connection> connections_;
  std::size_t cuts_ = 0, lost_commits_ = 0;
  bool stopping_ = false;
  local::Pipe wake_ = local::make_pipe();
  std::thread thread_;
};

}  // namespace ragqueue::torture
