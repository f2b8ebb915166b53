#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "embed/http/http_calls.hpp"
#include "embed/http/http_plan.hpp"
#include "embed/http/http_protocol.hpp"
#include "ragqueue/embedder.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue {

/// A server as far as it is known. What its replies teach holds for all consumers from then on.
struct HttpServer {
  std::unique_ptr<const HttpProtocol> protocol;
  HttpCalls calls;
  std::string model;
  std::vector<std::string> secrets;  ///< Never to be shown.
  std::size_t max_tokens;
  std::chrono::milliseconds retry_after_limit;
  std::atomic<std::size_t> max_request_texts;
  std::atomic<std::size_t> max_request_tokens;
  std::atomic<std::size_t> max_request_bytes;
  std::atomic<bool> second_way = false;

  [[nodiscard]] HttpProtocol::Way way() const;
  [[nodiscard]] RequestLimits limits() const;
};

/// One call of Embedder::embed(): its texts on their way through as many requests as it takes.
class HttpRun {
 public:
  /// All arguments outlive the run.
  HttpRun(HttpServer& server, std::span<const std::string_view> texts, std::span<float> vectors,
          std::size_t dimension, const std::stop_token& stop);
  /// Abandons what is still in flight.
  ~HttpRun();
  HttpRun(const HttpRun&) = delete;
  HttpRun& operator=(const HttpRun&) = delete;

  /// Returns the texts at fault, in order. Throws Error (outage, setup).
  [[nodiscard]] std::vector<RejectedText> operator()();

 private:
  /// A request, sent or to be sent.
  struct Request {
    TextGroup group;
    bool second_look = false;  ///< Its text has had no believable vector once.
    bool harmless = false;     ///< Asks whether the server embeds anything at all.
    std::chrono::milliseconds waited{};
    HttpProtocol::Way way{};
  };

  void plan();
  [[nodiscard]] bool refuse_unsent(std::size_t text);
  void keep_uncut(Request& request);
  void send_some();
  void send(Request request);
  [[nodiscard]] std::string write(const Request& request) const;
  [[nodiscard]] bool fits_now(const Request& request) const;
  void receive(const HttpCalls::Answer& answer);
  void read(Request request, const HttpReply& reply);
  void judge_answer(Request request, const HttpCalls::Answer& answer, const Verdict& verdict);
  void wait_for_server(Request request, const HttpCalls::Answer& answer, const Verdict& verdict);
  void find_guilty(Request request, const Verdict& verdict);
  void learn_limit(Request request, const Verdict& verdict);
  void halve(const Request& request);
  void reject(std::size_t text, const std::string& reason, bool too_long);
  void ask_harmless();
  void know_that_it_embeds();
  [[noreturn]] void fail(Fault fault, const std::string& words) const;
  [[nodiscard]] std::span<float> row(std::size_t text);

  HttpServer& server_;
  std::span<const std::string_view> texts_;
  std::span<float> vectors_;
  const std::size_t dimension_;
  const std::stop_token& stop_;
  std::stop_source abandon_;
  std::stop_callback<std::function<void()>> on_stop_;
  const std::shared_ptr<HttpCalls::Inbox> inbox_;
  std::deque<Request> queue_;
  std::map<std::size_t, Request> sent_;
  std::size_t next_call_ = 0;
  std::vector<RejectedText> rejected_;
  std::vector<float> harmless_row_;
  bool embeds_ = false;  ///< The server has embedded something in this run.
  bool asked_harmless_ = false;
};

}  // namespace ragqueue
