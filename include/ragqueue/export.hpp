#pragma once

#if __cplusplus < 202002L
#error "ragqueue needs C++20: compile with -std=c++20, or in CMake set CMAKE_CXX_STANDARD to 20"
#endif

/// Marks what the shared library exports; everything else stays hidden.
#define RAGQUEUE_EXPORT __attribute__((visibility("default")))
