#define RAGQUEUE_KERNEL avx2
#define Eigen ragqueue_eigen_avx2
#include "embed/model/kernel.ipp"
