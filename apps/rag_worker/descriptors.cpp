#include "descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace rag_worker {

void take_missing_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) != -1) continue;
    // The lowest free number is this one; the mode is the one that is of no use to it.
    (void)open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

}  // namespace rag_worker
