#define RAGQUEUE_KERNEL baseline
#define Eigen ragqueue_eigen_baseline
#include "embed/model/kernel.ipp"
