// A FakeEmbeddingServer as a program: prints its URL, serves until SIGTERM or SIGINT, then prints what it
// saw.

#include "ragqueue/testing/fake_embedding_server.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>

#include "ragqueue/error.hpp"

namespace {

using namespace ragqueue::testing;

const std::map<std::string, EmbeddingDialect> dialects = {
    {"ollama", EmbeddingDialect::ollama},
    {"legacy-ollama", EmbeddingDialect::legacy_ollama},
    {"openai", EmbeddingDialect::openai},
    {"llama-server", EmbeddingDialect::llama_server},
    {"text-embeddings-inference", EmbeddingDialect::text_embeddings_inference},
    {"vllm", EmbeddingDialect::vllm},
};

struct Arguments {
  FakeServerOptions server{.record = false};
  std::uint16_t port = 0;
  double call_ms = 0, text_ms = 0;
  double fault_rate = 0;
  FaultRates rates{};
  std::uint64_t seed = 1;
};

void declare(CLI::App& app, Arguments& arguments) {
  FakeServerOptions& server = arguments.server;
  app.add_option("--dialect", server.dialect)->transform(CLI::CheckedTransformer(dialects));
  app.add_option("--model", server.model);
  app.add_option("--dimension", server.dimension)->check(CLI::PositiveNumber);
  app.add_option("--port", arguments.port, "Of the system's choice if not given");
  app.add_option("--slots", server.slots)->check(CLI::PositiveNumber);
  app.add_option("--max-queue", server.max_queue);
  app.add_option("--max-texts", server.max_texts);
  app.add_option("--max-tokens", server.max_tokens);
  app.add_option("--max-body-bytes", server.max_body_bytes);
  app.add_option("--api-key", server.api_key);
  app.add_option("--call-ms", arguments.call_ms, "Service time of a call");
  app.add_option("--text-ms", arguments.text_ms, "Service time of each text");
  const auto rate = CLI::Range(0.0, 1.0);
  app.add_option("--fault-rate", arguments.fault_rate,
                 "Share of calls that fail, by all of the kinds below alike")
      ->check(rate);
  app.add_option("--429-rate", arguments.rates.too_many_requests)->check(rate);
  app.add_option("--503-rate", arguments.rates.unavailable)->check(rate);
  app.add_option("--reset-rate", arguments.rates.reset)->check(rate);
  app.add_option("--half-rate", arguments.rates.half_reply)->check(rate);
  app.add_option("--slow-rate", arguments.rates.slow)->check(rate);
  app.add_option("--seed", arguments.seed, "Settles which calls fail");
}

std::chrono::microseconds milliseconds(double count) {
  return std::chrono::microseconds(static_cast<std::int64_t>(count * 1000));
}

void serve(Arguments arguments, const sigset_t& signals) {
  arguments.server.call_time = milliseconds(arguments.call_ms);
  arguments.server.text_time = milliseconds(arguments.text_ms);
  for (double* rate : {&arguments.rates.too_many_requests, &arguments.rates.unavailable,
                       &arguments.rates.reset, &arguments.rates.half_reply, &arguments.rates.slow}) {
    *rate += arguments.fault_rate / 5;
  }
  FakeEmbeddingServer server(arguments.server, arguments.port);
  server.set_faults(random_faults(arguments.rates, arguments.seed));
  std::cout << server.url() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  const FakeServerStatistics seen = server.statistics();
  std::cout << "calls " << seen.calls << ", texts " << seen.texts << ", embedded " << seen.embedded
            << ", connections " << seen.connections << ", most calls at once " << seen.most_calls
            << ", all slots busy " << seen.busy_share() * 100 << " % of "
            << std::chrono::duration<double>(seen.span).count() << " s" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  // Before there are threads, so that all of them leave the signals to sigwait().
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  CLI::App app("An embedding server whose vectors are made up and whose faults are scripted");
  Arguments arguments;
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  try {
    serve(arguments, signals);
  } catch (const ragqueue::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
