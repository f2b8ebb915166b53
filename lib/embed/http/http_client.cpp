#include "embed/http/http_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <list>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "ragqueue/error.hpp"

namespace ragqueue {

namespace {

template <auto free>
struct Free {
  void operator()(auto* object) const noexcept { free(object); }
};
using Easy = std::unique_ptr<CURL, Free<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Free<curl_multi_cleanup>>;
using Headers = std::shared_ptr<curl_slist>;

/// Once for the process and never undone: others in it may use curl as well.
void initialize_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw Error(Fault::setup, fmt::format("libcurl: {}", curl_easy_strerror(code)));
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK) throw Error(Fault::setup, fmt::format("libcurl: {}", curl_easy_strerror(code)));
}

Headers make_headers(const std::vector<std::string>& lines) {
  curl_slist* list = nullptr;
  for (const std::string& line : lines) {
    curl_slist* const longer = curl_slist_append(list, line.c_str());
    if (longer == nullptr) {
      curl_slist_free_all(list);
      throw Error(Fault::setup, "libcurl: out of memory");
    }
    list = longer;
  }
  return {list, curl_slist_free_all};
}

/// One request on its way.
struct Transfer {
  explicit Transfer(HttpClient::Post&& wanted) : post(std::move(wanted)) {}

  HttpClient::Post post;
  Easy easy{};
  Headers headers{};
  HttpReply reply{};
  std::size_t max_reply_bytes = 0;
  std::size_t header_bytes = 0;
  std::array<char, CURL_ERROR_SIZE> error{};

  std::size_t receive(std::string_view bytes) {
    if (reply.body.size() + bytes.size() > max_reply_bytes) {
      reply.error = fmt::format("the reply is larger than {} bytes", max_reply_bytes);
      return 0;
    }
    if (reply.body.empty()) reserve();
    reply.body += bytes;
    return bytes.size();
  }

  std::size_t receive_header(std::size_t bytes) {
    constexpr std::size_t most = std::size_t{256} << 10U;
    header_bytes += bytes;
    if (header_bytes <= most) return bytes;
    reply.error = fmt::format("the reply's headers are larger than {} bytes", most);
    return 0;
  }

  /// Room for all of the reply, so that it is moved nowhere.
  void reserve() {
    curl_off_t length = -1;
    curl_easy_getinfo(easy.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length < 0) return;
    reply.body.reserve(std::min(static_cast<std::size_t>(length), max_reply_bytes) +
                       simdjson::SIMDJSON_PADDING);
  }

  void finish(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    reply.status = static_cast<unsigned>(status);
    if (code != CURLE_OK && reply.error.empty()) {
      reply.error = error.front() != '\0' ? error.data() : curl_easy_strerror(code);
    }
    curl_off_t sent = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_PRETRANSFER_TIME_T, &sent);
    reply.unreachable = code != CURLE_OK && sent == 0;
    reply.timed_out = code == CURLE_OPERATION_TIMEDOUT && !reply.unreachable;
    reply.location = header("Location");
    reply.retry_after = header("Retry-After");
    reply.retry_after_ms = header("Retry-After-Ms");
    reply.body.reserve(reply.body.size() + simdjson::SIMDJSON_PADDING);
  }

  std::string header(const char* name) const {
    curl_header* found = nullptr;
    const bool there = curl_easy_header(easy.get(), name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK;
    return there ? found->value : "";
  }
};

std::size_t receive(const char* bytes, std::size_t size, std::size_t count, void* transfer) {
  try {
    return static_cast<Transfer*>(transfer)->receive({bytes, size * count});
  } catch (const std::exception&) {
    return 0;  // Out of memory: curl reports a write that failed.
  }
}

std::size_t receive_header(const char* /*bytes*/, std::size_t size, std::size_t count, void* transfer) {
  try {
    return static_cast<Transfer*>(transfer)->receive_header(size * count);
  } catch (const std::exception&) {
    return 0;
  }
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(HttpClientOptions options) : options_(std::move(options)) {
    initialize_curl();
    multi_.reset(curl_multi_init());
    if (!multi_) throw Error(Fault::setup, "libcurl: out of memory");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_connections));
    set_headers(options_.headers);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }

  ~Impl() {
    thread_.request_stop();
    wake();
    thread_.join();
  }

  void submit(std::unique_ptr<Transfer> transfer) {
    {
      const std::lock_guard lock(mutex_);
      arrivals_.push_back(std::move(transfer));
    }
    wake();
  }

  void wake() { curl_multi_wakeup(multi_.get()); }

  void set_headers(std::vector<std::string> lines) {
    // No model needs to be asked whether it would read the body.
    for (const char* line : {"Content-Type: application/json", "Accept: application/json", "Expect:"})
      lines.emplace_back(line);
    Headers headers = make_headers(lines);
    const std::lock_guard lock(mutex_);
    headers_.swap(headers);
  }

 private:
  void serve(const std::stop_token& stop) {
    block_signals();
    while (!stop.stop_requested()) {
      admit();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      finish_transfers();
      abandon([](const Transfer& transfer) { return transfer.post.stop.stop_requested(); });
      constexpr int longest_sleep_ms = 60'000;  // curl knows its own deadlines, and wake() ends it
      curl_multi_poll(multi_.get(), nullptr, 0, longest_sleep_ms, nullptr);
    }
    admit();
    abandon([](const Transfer&) { return true; });
  }

  /// The host's handlers run in the host's threads.
  static void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
  }

  void admit() {
    std::list<std::unique_ptr<Transfer>> arrivals;
    {
      const std::lock_guard lock(mutex_);
      arrivals.swap(arrivals_);
    }
    for (auto& transfer : arrivals) {
      try {
        prepare(*transfer);
        const CURLMcode code = curl_multi_add_handle(multi_.get(), transfer->easy.get());
        if (code != CURLM_OK) throw Error(Fault::setup, curl_multi_strerror(code));
        active_.push_back(std::move(transfer));
      } catch (const std::exception& error) {
        transfer->reply.error = error.what();
        transfer->post.done(std::move(transfer->reply));
      }
    }
  }

  void prepare(Transfer& transfer) {
    if (spare_.empty()) {
      transfer.easy = make_easy();
    } else {
      transfer.easy = std::move(spare_.back());
      spare_.pop_back();
    }
    CURL* const easy = transfer.easy.get();
    transfer.max_reply_bytes = options_.max_reply_bytes;
    {
      const std::lock_guard lock(mutex_);
      transfer.headers = headers_;
    }
    set(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(transfer.post.timeout.count()));
    set(easy, CURLOPT_URL, transfer.post.url.c_str());
    set(easy, CURLOPT_POSTFIELDS, transfer.post.body.data());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.post.body.size()));
    set(easy, CURLOPT_WRITEDATA, &transfer);
    set(easy, CURLOPT_HEADERDATA, &transfer);
    set(easy, CURLOPT_ERRORBUFFER, transfer.error.data());
    set(easy, CURLOPT_PRIVATE, &transfer);
  }

  /// All that is the same for each request. Certificates are verified, as is curl's default.
  [[nodiscard]] Easy make_easy() const {
    Easy owner(curl_easy_init());
    if (!owner) throw Error(Fault::setup, "libcurl: out of memory");
    CURL* const easy = owner.get();
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(easy, CURLOPT_TCP_NODELAY, 1L);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_deadline.count()));
    set(easy, CURLOPT_WRITEFUNCTION, receive);
    set(easy, CURLOPT_HEADERFUNCTION, receive_header);
    // What does not leave the machine is no proxy's to read, whatever http_proxy says.
    if (options_.direct) set(easy, CURLOPT_PROXY, "");
    if (!options_.ca_file.empty()) set(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    if (!options_.cert_file.empty()) set(easy, CURLOPT_SSLCERT, options_.cert_file.c_str());
    if (!options_.unix_socket.empty()) set(easy, CURLOPT_UNIX_SOCKET_PATH, options_.unix_socket.c_str());
    if (!options_.user.empty()) set(easy, CURLOPT_USERNAME, options_.user.c_str());
    if (!options_.password.empty()) set(easy, CURLOPT_PASSWORD, options_.password.c_str());
    return owner;
  }

  void finish_transfers() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Transfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      transfer->finish(message->data.result);
      const auto found = std::ranges::find(active_, transfer, &std::unique_ptr<Transfer>::get);
      remove(*found);
      active_.erase(found);
    }
  }

  template <class Condition>
  void abandon(const Condition& condition) {
    std::erase_if(active_, [&](const std::unique_ptr<Transfer>& transfer) {
      if (!condition(*transfer)) return false;
      transfer->reply = {.error = "abandoned"};
      remove(transfer);
      return true;
    });
  }

  void remove(const std::unique_ptr<Transfer>& transfer) {
    curl_multi_remove_handle(multi_.get(), transfer->easy.get());
    curl_easy_setopt(transfer->easy.get(), CURLOPT_ERRORBUFFER, nullptr);
    curl_easy_setopt(transfer->easy.get(), CURLOPT_HTTPHEADER, nullptr);
    spare_.push_back(std::move(transfer->easy));
    transfer->post.done(std::move(transfer->reply));
  }

  const HttpClientOptions options_;
  Multi multi_;
  std::mutex mutex_;
  // Guarded by mutex_; the rest is the thread's.
  Headers headers_;
  std::list<std::unique_ptr<Transfer>> arrivals_;
  std::list<std::unique_ptr<Transfer>> active_;
  std::vector<Easy> spare_;
  std::jthread thread_;
};

HttpClient::HttpClient(HttpClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::~HttpClient() = default;

void HttpClient::post(Post&& post) {
  impl_->submit(std::make_unique<Transfer>(std::move(post)));
}

void HttpClient::set_headers(const std::vector<std::string>& headers) {
  impl_->set_headers(headers);
}

void HttpClient::wake() {
  impl_->wake();
}

}  // namespace ragqueue
