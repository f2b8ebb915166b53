#include <random>

#include "local/server.hpp"
#include "ragqueue/testing/postgres.hpp"
#include "testing/temporary_cluster.hpp"

namespace ragqueue::testing {
namespace {

/// Long enough that schemas of different processes in one persistent cluster do not meet.
std::string random_name() {
  std::random_device random;
  return "schema_" + std::to_string(random()) + "_" + std::to_string(random());
}

}  // namespace

class PrivatePostgres::Impl {
 public:
  std::unique_ptr<local::Cluster> cluster;
};

PrivatePostgres::PrivatePostgres() : impl_(new Impl{make_temporary_cluster()}) {}
PrivatePostgres::PrivatePostgres(const std::filesystem::path& directory)
    : impl_(new Impl{local::open_persistent_cluster(directory)}) {}
PrivatePostgres::~PrivatePostgres() = default;

std::string PrivatePostgres::conninfo() const {
  return impl_->cluster->conninfo();
}

std::string PrivatePostgres::new_schema() {
  const std::string name = random_name();
  local::execute(impl_->cluster->installation(), conninfo(), "CREATE SCHEMA " + name);
  return conninfo() + " options='-c search_path=" + name + ",public'";
}

bool PrivatePostgres::started() const noexcept {
  return impl_->cluster->started();
}

void PrivatePostgres::stop() {
  impl_->cluster->stop();
}

}  // namespace ragqueue::testing
