#include "declare_request.hpp"

#include <map>
#include <optional>
#include <string>

namespace rag_worker {

namespace {

using ragqueue::VectorEncoding;

void add_prefix(CLI::App& app, const std::string& name, std::optional<std::string>& prefix,
                const std::string& description) {
  app.add_option_function<std::string>(
         name, [&prefix](const std::string& text) { prefix = text; },
         description + "; without it, what the model's card asks for; '' for none")
      ->type_name("TEXT");
}

void declare_access(CLI::App& app, Settings& settings) {
  app.add_option("--embedder-key-file", settings.embedder_key_file,
                 "file whose first line is the API key, closed to others (chmod 600); without it, the "
                 "variable RAGQUEUE_EMBEDDER_KEY")
      ->type_name("FILE");
  app.add_option(
         "--embedder-ca-file", settings.http.ca_file,
         "PEM file of the authorities to trust for https; without it, the variable SSL_CERT_FILE's or "
         "the system's")
      ->type_name("FILE");
  app.add_option("--embedder-cert-file", settings.http.cert_file,
                 "PEM file of a certificate and its key, to show to the server")
      ->type_name("FILE");
  app.add_option("--embedder-header", settings.embedder_headers,
                 "header NAME: VALUE of each request; may be repeated, or have several lines")
      ->allow_extra_args(false);
  app.add_option("--embedder-header-file", settings.embedder_header_file,
                 "file of further headers, one a line, closed to others as the key file is")
      ->type_name("FILE");
}

}  // namespace

void declare_request(CLI::App& app, Settings& settings) {
  static const std::map<std::string, VectorEncoding> encodings{{"auto", VectorEncoding::automatic},
                                                               {"base64", VectorEncoding::base64},
                                                               {"float", VectorEncoding::floats},
                                                               {"none", VectorEncoding::unnamed}};
  declare_access(app, settings);
  add_prefix(app, "--embedder-document-prefix", settings.http.document_prefix, "text before each document's");
  add_prefix(app, "--embedder-query-prefix", settings.http.query_prefix, "text before each question");
  app.add_option("--embedder-body", settings.http.body, "JSON object whose members are added to each request")
      ->type_name("JSON");
  app.add_option("--embedder-query-body", settings.http.query_body,
                 "the same for questions, where its members win")
      ->type_name("JSON");
  app.add_option_function<std::string>(
         "--embedder-encoding",
         [&settings](const std::string& name) { settings.http.encoding = encodings.at(name); },
         "encoding_format of a request: auto, base64, float, or none for no such field")
      ->default_str("auto")
      ->check(CLI::IsMember({"auto", "base64", "float", "none"}));
  app.add_option("--embedder-keep-alive", settings.http.keep_alive,
                 "time that Ollama keeps the model loaded, such as 10m");
}

}  // namespace rag_worker
