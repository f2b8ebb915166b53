#define RAGQUEUE_KERNEL avx512
#define Eigen ragqueue_eigen_avx512
#include "embed/model/kernel.ipp"
