#include "testing/embedding/listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "ragqueue/error.hpp"
#include "testing/embedding/connection.hpp"

namespace ragqueue::testing {
namespace {

using boost::asio::ip::tcp;

[[noreturn]] void fail(std::uint16_t port, const std::string& why) {
  throw Error(Fault::setup, "cannot listen on port " + std::to_string(port) + " of 127.0.0.1: " + why);
}

tcp::endpoint local(std::uint16_t port) {
  return {boost::asio::ip::address_v4::loopback(), port};
}

}  // namespace

Port::Port(std::uint16_t number) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int reuse = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(number);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) != 0 ||
      bind(socket_, generic, size) != 0 || getsockname(socket_, generic, &size) != 0) {
    const std::string why = std::generic_category().message(errno);
    close(socket_);
    fail(number, why);
  }
  number_ = ntohs(address.sin_port);
}

Port::~Port() {
  close(socket_);
}

class Listener::Impl {
 public:
  Impl(std::uint16_t port, EmbeddingService& service) : service_(service), acceptor_(context_) {
    try {
      acceptor_.open(tcp::v4());
      acceptor_.set_option(tcp::acceptor::reuse_address(true));
      acceptor_.bind(local(port));
      acceptor_.listen();
    } catch (const boost::system::system_error& error) {
      fail(port, error.what());
    }
    accepting_ = std::thread([this] { accept(); });
  }

  ~Impl() {
    stop_.request_stop();
    // Wakes the thread that waits in accept().
    shutdown(acceptor_.native_handle(), SHUT_RDWR);
    accepting_.join();
    for (Visit& visit : visits_) visit.connection.shut_down();
    for (Visit& visit : visits_) visit.thread.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

 private:
  struct Visit {
    Visit(tcp::socket socket, EmbeddingService& service, std::stop_token stop)
        : connection(std::move(socket), service, std::move(stop)), thread([this] {
            connection.serve();
            over = true;
          }) {}

    Connection connection;
    std::atomic<bool> over = false;
    std::thread thread;
  };

  void accept() {
    while (!stop_.stop_requested()) {
      boost::system::error_code error;
      tcp::socket socket = acceptor_.accept(error);
      if (error) continue;
      visits_.remove_if([](Visit& visit) {
        if (visit.over) visit.thread.join();
        return !visit.thread.joinable();
      });
      visits_.emplace_back(std::move(socket), service_, stop_.get_token());
    }
  }

  EmbeddingService& service_;
  std::stop_source stop_;
  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
  std::list<Visit> visits_;  ///< Of the accepting thread, as long as there is one.
  std::thread accepting_;
};

Listener::Listener(std::uint16_t port, EmbeddingService& service) : impl_(new Impl(port, service)) {}
Listener::~Listener() = default;

}  // namespace ragqueue::testing
