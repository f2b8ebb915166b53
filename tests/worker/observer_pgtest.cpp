// A worker seen from inside: what it tells its observer, and what it answers when it is asked.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "helpdesk.hpp"
#include "ragqueue/error.hpp"
#include "support/eventually.hpp"
#include "worker/host_queue.hpp"

using namespace ragqueue;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using testing::eventually;
using testing::Helpdesk;

namespace {

/// Keeps the reports, to wait for.
class Recorder {
 public:
  [[nodiscard]] WorkerObserver observer() {
    return {.job = [this](const JobReport& report) { add(jobs_, report); },
            .batch = [this](const BatchReport& report) { add(batches_, report); },
            .outage = [this](const OutageReport& report) { add(outages_, report); }};
  }
  [[nodiscard]] std::vector<JobReport> jobs(std::size_t least) { return wait_for(jobs_, least); }
  [[nodiscard]] std::vector<BatchReport> batches(std::size_t least) { return wait_for(batches_, least); }
  [[nodiscard]] std::vector<OutageReport> outages(std::size_t least) { return wait_for(outages_, least); }

 private:
  template <class Report>
  void add(std::vector<Report>& reports, const Report& report) {
    {
      const std::scoped_lock lock(mutex_);
      reports.push_back(report);
    }
    changed_.notify_all();
  }
  template <class Report>
  std::vector<Report> wait_for(std::vector<Report>& reports, std::size_t least) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 1min, [&] { return reports.size() >= least; }))
      throw std::runtime_error("a report never came");
    return reports;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<JobReport> jobs_;
  std::vector<BatchReport> batches_;
  std::vector<OutageReport> outages_;
};

struct Observed : Helpdesk {
  Recorder recorder{};

  [[nodiscard]] WorkerOptions observed() {
    WorkerOptions options = this->options();
    options.observer = recorder.observer();
    return options;
  }
};

std::set<std::string> thread_names() {
  std::set<std::string> names;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "comm");
    std::string name;
    if (std::getline(file, name)) names.insert(name);
  }
  return names;
}

}  // namespace

TEST_CASE_METHOD(Observed, "an observer is told of each job once, with what its work came to", "[observer]") {
  write(1, "Printer", "It prints stripes");
  write(2, "Scanner", "It does not scan");
  erase(3);
  drain(observed());
  const std::vector<JobReport> jobs = recorder.jobs(3);
  REQUIRE(jobs.size() == 3);
  for (const JobReport& report : jobs) {
    CHECK(to_string(report.outcome) == "done");
    CHECK(report.job.waited > 0);
    CHECK(report.error.empty());
    const bool removed = report.job.request.action == Action::remove;
    CHECK((report.chunks > 0) == !removed);
    CHECK(report.texts_embedded == report.chunks);
    CHECK((report.tokens > 0) == !removed);
    CHECK(report.seconds.store > 0);
  }
  std::size_t texts = 0, all = 0;
  for (const BatchReport& batch : recorder.batches(1)) {
    texts += batch.texts_embedded;
    all += batch.jobs;
  }
  CHECK(all == 3);
  CHECK(texts == 2);
}

TEST_CASE_METHOD(Observed, "what is not embedded again is not counted as embedded", "[observer]") {
  write(1, "Printer", "It prints stripes");
  drain();
  write(1, "Printer", "It prints stripes");
  drain(observed());
  const JobReport report = recorder.jobs(1).front();
  CHECK(report.chunks == 1);
  CHECK(report.texts_embedded == 0);
}

TEST_CASE_METHOD(Observed, "an observer is told why a job failed, and whether it will run again",
                 "[observer]") {
  embedder->refuse = [](std::string_view) { return RejectedText{.reason = "no words"}; };
  write(1, "Printer", "It prints stripes");
  drain(observed());
  const JobReport report = recorder.jobs(1).front();
  CHECK(report.outcome == JobOutcome::failed);
  CHECK_THAT(report.error, ContainsSubstring("no words"));
}

TEST_CASE_METHOD(Observed, "an observer is told when the embedder goes down, and when it is back",
                 "[observer]") {
  int calls = 0;
  embedder->before_call = [&](auto) {
    if (++calls == 1) throw Error(Fault::outage, "out of memory");
  };
  write(1, "Printer", "It prints stripes");
  drain(observed());
  const std::vector<OutageReport> outages = recorder.outages(2);
  REQUIRE(outages.size() == 2);
  CHECK(outages[0].of == OutageReport::Of::embedder);
  CHECK(outages[0].begins);
  CHECK_THAT(outages[0].reason, ContainsSubstring("out of memory"));
  CHECK_FALSE(outages[1].begins);
  CHECK(outages[1].seconds > 0);
}

TEST_CASE_METHOD(Helpdesk, "an observer that throws, or never returns, holds up no job", "[observer]") {
  for (unsigned number = 1; number <= 20; ++number) write(number, "Printer", "It prints stripes");
  WorkerOptions options = this->options();
  std::promise<void> end;
  const auto ended = end.get_future().share();
  SECTION("throws") {
    options.observer.job = [](const JobReport&) { throw std::runtime_error("mine"); };
    CHECK(drain(options).done == 20);
  }
  SECTION("never returns") {
    options.observer.job = [ended](const JobReport&) { ended.wait(); };
    CHECK(drain(options).done == 20);
  }
  end.set_value();
}

TEST_CASE("what a host is too slow for is dropped, and counted", "[observer]") {
  std::promise<void> begun, end;
  std::atomic<std::size_t> told = 0, dropped = 0;
  std::function<std::size_t()> drops;
  {
    HostQueue queue("test", [&](std::size_t count) { dropped += count; });
    drops = queue.drops();
    const auto push = queue.entrance();
    push([&] {
      begun.set_value();
      end.get_future().wait();
    });
    begun.get_future().wait();
    for (int call = 0; call < 10'007; ++call) push([&] { ++told; });
    CHECK(drops() == 7);
    end.set_value();
    eventually("all are told", [&] { return told == 10'000; });
  }
  CHECK(told == 10'000);
  CHECK(dropped == 7);
  CHECK(drops() == 7);
}

TEST_CASE_METHOD(Helpdesk, "a worker says what each consumer does, and whether it is well", "[observer]") {
  std::promise<void> begun, end;
  const auto ended = end.get_future().share();
  embedder->during_call = [&begun, ended](const std::stop_token&) {
    begun.set_value();
    ended.wait();
  };
  write(1, "Printer", "It prints stripes");
  WorkerOptions options = this->options();
  options.concurrency = 1;
  Worker worker(pipeline, options);
  CHECK_FALSE(worker.healthy());
  CHECK_FALSE(worker.state().running);
  worker.start();
  begun.get_future().wait();
  const WorkerState state = worker.state();
  CHECK(state.running);
  CHECK(state.lease_holds);
  CHECK(state.database.up);
  CHECK(state.embedder.up);
  REQUIRE(state.consumers.size() == 1);
  CHECK(state.consumers.front().step == "embedder");
  CHECK(state.consumers.front().source == testing::ticket(1).source);
  CHECK(worker.healthy());
  CHECK_FALSE(worker.wait_for(1ms));

  const std::set<std::string> names = thread_names();
  for (const char* name : {"rag-supervisor", "rag-heartbeat", "rag-housekeep", "rag-consume-0"})
    CHECK(names.contains(name));

  worker.request_stop();
  end.set_value();
  CHECK(worker.wait_for(1min));
  CHECK_FALSE(worker.healthy());
}

TEST_CASE_METHOD(Helpdesk, "a worker says why its embedder is down", "[observer]") {
  embedder->before_call = [](auto) { throw Error(Fault::outage, "out of memory"); };
  write(1, "Printer", "It prints stripes");
  Worker worker(pipeline, options());
  worker.start();
  eventually("the outage is seen", [&] { return !worker.state().embedder.up; });
  CHECK_THAT(worker.state().embedder.reason, ContainsSubstring("out of memory"));
  CHECK(worker.healthy());  // to start it again would not help
  worker.stop();
}

TEST_CASE_METHOD(Helpdesk, "a worker that ended by itself may be destroyed without having been waited for",
                 "[observer]") {
  write(1, "Printer", "It prints stripes");
  WorkerOptions options = this->options();
  options.drain = true;
  Worker worker(pipeline, options);
  worker.start();
  eventually("it has ended", [&] { return !worker.running(); });
  CHECK(worker.counters().done == 1);
}
