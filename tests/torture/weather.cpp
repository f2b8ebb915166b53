#include "weather.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "local/child_process.hpp"
#include "ragqueue/error.hpp"

namespace ragqueue::torture {

Weather& share_weather(const std::filesystem::path& file) {
  const local::Descriptor descriptor(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (descriptor.get() < 0 || ftruncate(descriptor.get(), sizeof(Weather)) != 0) {
    throw Error(Fault::setup, "cannot make " + file.string());
  }
  void* memory = mmap(nullptr, sizeof(Weather), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.get(), 0);
  if (memory == MAP_FAILED) throw Error(Fault::setup, "cannot map " + file.string());
  return *static_cast<Weather*>(memory);  // a new file is all zeros: fair weather
}

}  // namespace ragqueue::torture
