#!/bin/sh
# consume.sh WAY WHERE BUILD: builds the consumer project in BUILD and runs it.
#   find_package           WHERE is a prefix with the shared library
#   find_package_static    WHERE is a prefix with the static library
#   pkg_config             as find_package, by pkg-config
#   pkg_config_static      as find_package_static, by pkg-config --static
#   add_subdirectory       WHERE is the source tree; also installs the static library into BUILD/prefix
#   relocated              as find_package, after WHERE was copied to BUILD/moved
#   enqueue_only           WHERE is a prefix with the shared library; the project is enqueue_only, which asks for that component alone
#   enqueue_only_static    the same, with the static library
set -eu
way=$1 where=$2 build=$3
consumer=$(dirname "$0")/consumer
: "${CXX:=c++}"
rm -rf "$build"
mkdir -p "$build"

# A consumer of the shared library must not be asked for ragqueue's own libraries.
none_of_ours="-DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON -DCMAKE_DISABLE_FIND_PACKAGE_ICU=ON
  -DCMAKE_DISABLE_FIND_PACKAGE_PostgreSQL=ON -DCMAKE_DISABLE_FIND_PACKAGE_Eigen3=ON"

by_cmake() {
  cmake -S "$consumer" -B "$build" -DCMAKE_CXX_COMPILER="$CXX" "$@"
  cmake --build "$build" --parallel 2
  "$build/consumer"
  "$build/desk_test"
}

by_pkg_config() {
  export PKG_CONFIG_PATH="$where/lib/pkgconfig"
  flags=$(pkg-config --cflags --libs "$@" ragqueue)
  # shellcheck disable=SC2086 # the flags are words
  "$CXX" -std=c++20 -Wall -Wextra -Werror "$consumer/main.cpp" "$consumer/desk.cpp" $flags -o "$build/consumer"
  LD_LIBRARY_PATH="$where/lib" "$build/consumer"
}

enqueue_only() {
  cmake -S "$(dirname "$0")/enqueue_only" -B "$build" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_PREFIX_PATH="$where" \
        -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON -DCMAKE_DISABLE_FIND_PACKAGE_simdjson=ON "$@"
  cmake --build "$build"
  "$build/api_server"
}

# The names of what FILE loads.
loaded_by() { ldd "$1" | awk '{print $1}' | sort; }

# What a C++ program loads that links libpq and calls nothing of ours.
libpq_alone() {
  echo 'extern "C" int PQlibVersion(); int main() { return PQlibVersion() == 0; }' > "$build/alone.cpp"
  "$CXX" "$build/alone.cpp" -lpq -o "$build/alone"
  loaded_by "$build/alone"
}

loads_libpq_alone_and() {
  libpq_alone > "$build/alone.txt"
  loaded_by "$build/api_server" > "$build/ours.txt"
  comm -13 "$build/alone.txt" "$build/ours.txt" > "$build/more.txt"
  echo "libpq's own: $(wc -l < "$build/alone.txt"), ours: $(wc -l < "$build/ours.txt")"
  [ "$(grep -vcxE "$1" "$build/more.txt")" = 0 ] || { cat "$build/more.txt"; echo "^ loaded besides libpq"; exit 1; }
}

# shellcheck disable=SC2086 # the options are words
case $way in
  find_package) by_cmake -DCMAKE_PREFIX_PATH="$where" $none_of_ours ;;
  find_package_static) by_cmake -DCMAKE_PREFIX_PATH="$where" ;;
  pkg_config) by_pkg_config ;;
  pkg_config_static) by_pkg_config --static ;;
  add_subdirectory)
    # All of it is compiled once more: in few large units, as a consumer may well ask for.
    by_cmake -DRAGQUEUE_SOURCE="$where" -DRAGQUEUE_BUILD_TESTING_LIBRARY=ON -DRAGQUEUE_INSTALL=ON -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_UNITY_BUILD=ON
    cmake --install "$build" --prefix "$build/prefix"
    ;;
  relocated)
    cp -a "$where" "$build/moved"
    by_cmake -DCMAKE_PREFIX_PATH="$build/moved" $none_of_ours
    "$build/moved/bin/rag_worker" --help
    : > "$build/moved/share/ragqueue/use-lite-en.ragq"
    if "$build/consumer"; then
      echo "the model was not read from the tree that moved"
      exit 1
    fi
    ;;
  enqueue_only)
    enqueue_only $none_of_ours
    loads_libpq_alone_and 'libragqueue_enqueue\.so\..*|libgcc_s\.so.*|libstdc\+\+\.so.*|libm\.so.*'
    flags=$(PKG_CONFIG_PATH="$where/lib/pkgconfig" pkg-config --cflags --libs ragqueue-enqueue)
    "$CXX" -std=c++20 "$(dirname "$0")/enqueue_only/main.cpp" $flags -o "$build/by_pkg_config"
    LD_LIBRARY_PATH="$where/lib" "$build/by_pkg_config"
    ;;
  enqueue_only_static)
    enqueue_only -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON -DCMAKE_DISABLE_FIND_PACKAGE_ICU=ON
    loads_libpq_alone_and 'libgcc_s\.so.*|libstdc\+\+\.so.*|libm\.so.*'
    ;;
  *) echo "unknown way: $way" >&2; exit 2 ;;
esac
