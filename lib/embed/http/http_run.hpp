#pragma once

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

#include "embed/http/http_plan.hpp"
#include "embed/http/http_reply_class.hpp"
#include "embed/http/http_server.hpp"
#include "ragqueue/embedder.hpp"

namespace ragqueue {

/// One call of Embedder::embed(): its texts on their way through as many requests as it takes.
///
/// No text is blamed, and no limit learnt, before the server is known to be well: after a request failed,
/// another must have been served, if need be one with a harmless text of like size. If that fails too, it is
/// the server. Else the request is halved, until the guilty text fails alone, again and again.
class HttpRun {
 public:
  /// All arguments outlive the run. A `dimension` of 0 asks for it: WrongDimension has the answer.
  HttpRun(HttpServer& server, std::span<const std::string_view> texts, Purpose purpose,
          std::span<float> vectors, std::size_t dimension, const std::stop_token& stop);
  /// Abandons what is still in flight.
  ~HttpRun();
  HttpRun(const HttpRun&) = delete;
  HttpRun& operator=(const HttpRun&) = delete;

  /// Returns the texts that have no vector, in order. Throws Error (outage, setup).
  [[nodiscard]] std::vector<RejectedText> operator()();

 private:
  static constexpr std::string_view harmless_words = "a page about a printer";

  /// Both halves of a request that failed.
  struct Halves {
    RequestLimits whole{};
    ReplyClass reply{};
    int unserved = 2;
  };

  /// A request, sent or to be sent.
  struct Request {
    TextGroup group{};
    int failures = 0;                ///< Of requests with these texts, while the server was well.
    std::shared_ptr<Halves> half{};  ///< That it is one of.
    std::string harmless{};          ///< Sent in place of texts, to see whether the server is well.
    std::chrono::milliseconds waited{};
    VectorEncoding encoding{};
    unsigned headers_version = 0;
  };

  /// A request that failed, while it is not known whether the server is well.
  struct Suspect {
    Request request;
    ReplyClass reply;
  };

  void plan();
  [[nodiscard]] bool refuse_unsent(std::size_t text);
  void send_some();
  [[nodiscard]] bool make_next();
  [[nodiscard]] std::size_t suspected_size() const;
  [[nodiscard]] Request make_probe() const;
  void shrink(Request& request);
  void send(Request request);
  [[nodiscard]] std::vector<std::string_view> texts_of(const Request& request) const;
  void receive(const HttpCalls::Answer& answer);
  [[nodiscard]] ReplyClass classify(const Request& request, const HttpReply& reply) const;
  void read(Request request, const HttpCalls::Answer& answer);
  void served(Request request, const HttpCalls::Answer& answer, const std::vector<std::size_t>& unusable);
  void pass_halves(const Halves& halves);
  void wait_for_server(Request request, const HttpCalls::Answer& answer, const ReplyClass& reply);
  void failed(Request request, const ReplyClass& reply, const HttpReply& answer);
  void probe_failed(Request probe, const ReplyClass& reply, const HttpReply& answer);
  [[nodiscard]] bool try_other_encoding(const Request& probe, const ReplyClass& reply,
                                        const HttpReply& answer);
  void server_is_well(const Request& served);
  void resolve(Suspect suspect);
  void resolve_one(Request request, const ReplyClass& reply);
  [[nodiscard]] bool is_hopeless();
  void give_up();
  void halve(Request request, const ReplyClass& reply);
  void reject(std::size_t text, const std::string& reason, bool too_long, bool retryable = false);
  [[noreturn]] void fail(const ReplyClass& reply, const HttpReply& answer) const;
  [[noreturn]] void fail(Fault fault, const std::string& words) const;
  [[nodiscard]] std::string describe(const std::string& words) const;
  [[nodiscard]] std::span<float> row(std::size_t text);

  HttpServer& server_;
  std::span<const std::string_view> texts_;
  const TextStyle& style_;
  std::span<float> vectors_;
  const std::size_t dimension_;
  const std::stop_token& stop_;
  std::stop_source abandon_;
  std::stop_callback<std::function<void()>> on_stop_;
  const std::shared_ptr<HttpCalls::Inbox> inbox_;
  std::deque<Request> queue_;
  std::map<std::size_t, Request> sent_;
  std::vector<Suspect> suspects_;
  std::size_t next_call_ = 0;
  std::vector<RejectedText> rejected_;
  std::vector<float> harmless_row_;
  VectorEncoding encoding_;  ///< That the run asks for.
  /// Of the harmless text, before it was sent with another key or encoding.
  std::optional<ReplyClass> first_refusal_{};
  std::size_t refused_size_ = 0;  ///< Bytes of a harmless text that was refused, so that a short one is sent.
  std::size_t embedded_ = 0;      ///< Texts.
  std::size_t failures_ = 0;      ///< Of requests that are not too large, while the server was well.
};

}  // namespace ragqueue
