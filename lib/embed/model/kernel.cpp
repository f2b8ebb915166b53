#include "embed/model/kernel.hpp"

namespace ragqueue::kernel {

Encode fastest_encode() noexcept {
#ifdef RAGQUEUE_X86_KERNELS
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
      __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0) {
    return avx512::encode;
  }
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) return avx2::encode;
#endif
  return baseline::encode;
}

}  // namespace ragqueue::kernel
