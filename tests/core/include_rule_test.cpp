#include "include_rule.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
using ragqueue::testing::find_include_violations;
using Lines = std::vector<std::string>;

namespace {

/// A source tree of a few files, gone at the end.
class Tree {
 public:
  using Files = std::vector<std::pair<std::string, std::string>>;

  explicit Tree(const Files& files) {
    for (const auto& [path, text] : files) {
      fs::create_directories((root() / path).parent_path());
      std::ofstream(root() / path) << text;
    }
  }

  [[nodiscard]] const fs::path& root() const { return directory_.path(); }

 private:
  ragqueue::testing::TemporaryDirectory directory_{"ragqueue-includes"};
};

}  // namespace

TEST_CASE("every file includes only what its room may see") {
  const Lines violations = find_include_violations(RAGQUEUE_SOURCE_DIR);
  CAPTURE(violations);
  CHECK(violations.empty());
}

TEST_CASE("a tree that keeps the include rule has no violations") {
  const Tree tree({
      {"include/ragqueue/a.hpp", "#include <cstdint>\n#include \"ragqueue/b.hpp\"\n"},
      {"include/ragqueue/b.hpp", "#include <string_view>\n"},
      {"lib/base/a.cpp", "#include <fmt/format.h>\n#include <unicode/utf8.h>\n#include \"ragqueue/a.hpp\"\n"},
      {"lib/db/a.cpp", "#include <libpq-fe.h>\n#include \"base/a.hpp\"\n#include \"db/sql.hpp\"\n"},
      {"lib/embed/http/a.cpp", "#include <curl/curl.h>\n#include <simdjson.h>\n"},
      {"lib/embed/model/a.cpp", "#include <Eigen/Core>\n"},
      {"lib/worker/a.cpp", "#include <thread>\n#include \"queue/a.hpp\"\n#include \"db/a.hpp\"\n"},
      {"lib/local/a.cpp", "#include <unistd.h>\n#include \"local/a.hpp\"\n"},
      {"lib/testing/a.cpp", "#include <unistd.h>\n#include \"testing/a.hpp\"\n#include \"local/a.hpp\"\n"},
      {"apps/rag_worker/main.cpp",
       "#include <ragqueue/a.hpp>\n#include \"options.hpp\"\n#include \"local/a.hpp\"\n#include "
       "<CLI/CLI.hpp>\n"},
  });
  const Lines violations = find_include_violations(tree.root());
  CAPTURE(violations);
  CHECK(violations.empty());
}

TEST_CASE("each way to break the include rule is found") {
  const std::vector<std::pair<std::string, Tree::Files>> cases = {
      {"include/ragqueue/a.hpp: fmt/format.h: ", {{"include/ragqueue/a.hpp", "#include <fmt/format.h>\n"}}},
      {"include/ragqueue/a.hpp: libpq-fe.h: ",
       {{"include/ragqueue/a.hpp", "  #  include <libpq-fe.h>  // why\n"}}},
      {"include/ragqueue/a.hpp: base/text.hpp: ",
       {{"include/ragqueue/a.hpp", "#include \"base/text.hpp\"\n"}}},
      {"lib/base/a.cpp: libpq-fe.h: ", {{"lib/base/a.cpp", "#include <libpq-fe.h>\n"}}},
      {"lib/base/a.cpp: db/a.hpp: ", {{"lib/base/a.cpp", "#include \"db/a.hpp\"\n"}}},
      {"lib/base/a.cpp: fstream: ", {{"lib/base/a.cpp", "#include <fstream>\n"}}},
      {"lib/base/a.cpp: sys/socket.h: ", {{"lib/base/a.cpp", "#include <sys/socket.h>\n"}}},
      {"lib/base/a.cpp: ../db/a.hpp: ", {{"lib/base/a.cpp", "#include \"../db/a.hpp\"\n"}}},
      {"lib/db/a.cpp: embed/http/a.hpp: ", {{"lib/db/a.cpp", "#include \"embed/http/a.hpp\"\n"}}},
      {"lib/db/a.cpp: curl/curl.h: ", {{"lib/db/a.cpp", "#include <curl/curl.h>\n"}}},
      {"lib/embed/http/a.cpp: db/a.hpp: ", {{"lib/embed/http/a.cpp", "#include \"db/a.hpp\"\n"}}},
      {"lib/embed/http/a.cpp: worker/a.hpp: ", {{"lib/embed/http/a.cpp", "#include \"worker/a.hpp\"\n"}}},
      {"lib/worker/a.cpp: simdjson.h: ", {{"lib/worker/a.cpp", "#include <simdjson.h>\n"}}},
      {"lib/worker/a.cpp: testing/a.hpp: ", {{"lib/worker/a.cpp", "#include \"testing/a.hpp\"\n"}}},
      {"lib/local/a.cpp: base/text.hpp: ", {{"lib/local/a.cpp", "#include \"base/text.hpp\"\n"}}},
      {"lib/worker/a.cpp: local/a.hpp: ", {{"lib/worker/a.cpp", "#include \"local/a.hpp\"\n"}}},
      {"apps/x/a.cpp: libpq-fe.h: ", {{"apps/x/a.cpp", "#include <libpq-fe.h>\n"}}},
      {"apps/x/a.cpp: db/a.hpp: ", {{"apps/x/a.cpp", "#include \"db/a.hpp\"\n"}}},
      {"lib/attic/a.cpp: ", {{"lib/attic/a.cpp", "#include <string>\n"}}},
      {"cycle: lib/db/a.hpp lib/db/b.hpp lib/db/a.hpp",
       {{"lib/db/a.hpp", "#include \"db/b.hpp\"\n"}, {"lib/db/b.hpp", "#include \"db/a.hpp\"\n"}}},
      {"cycle: include/ragqueue/a.hpp include/ragqueue/a.hpp",
       {{"include/ragqueue/a.hpp", "#include \"ragqueue/a.hpp\"\n"}}},
      {"no files in ", {{"README", ""}}},
  };
  for (const auto& [expected, files] : cases) {
    CAPTURE(expected);
    const Tree tree(files);
    const Lines violations = find_include_violations(tree.root());
    REQUIRE(violations.size() == 1);
    CHECK(violations.front().starts_with(expected));
  }
}
