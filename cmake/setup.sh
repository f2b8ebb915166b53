#!/usr/bin/env bash
# Installs what ragqueue is built, run and tested with, where it is missing, on Debian 12 and 13.
#
#   cmake/setup.sh GROUP...
#
#   build    compiler, CMake and libraries
#   server   a PostgreSQL server with pgvector, and no cluster: `--local` and the tests make their own
#   test     Catch2 3, PgBouncer, openssl, the clients of PostgreSQL that the examples use, and mold, which links faster
#   check    the clang-format and clang-tidy that our sources are held to, clang for fuzzing, and Doxygen (Debian 12 only)
#
# Needs root, or sudo. The machine's package sources stay as they are.
set -euo pipefail

script=$(readlink -f "${BASH_SOURCE[0]}")
groups=("$@")

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

wants() {
  local group
  for group in "${groups[@]}"; do [[ $group == "$1" ]] && return; done
  return 1
}

build_packages=(g++ cmake ninja-build pkgconf ccache libpq-dev libssl-dev libcurl4-openssl-dev libsimdjson-dev libfmt-dev
                libicu-dev libeigen3-dev libcli11-dev libtomlplusplus-dev libspdlog-dev libsystemd-dev libboost-dev zlib1g-dev
                nlohmann-json3-dev python3)

installed() { [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Releases of PostgreSQL whose server is here, oldest first.
servers() {
  local program
  for program in /usr/lib/postgresql/*/bin/postgres; do
    if [[ -x $program ]]; then basename "${program%/bin/postgres}"; fi
  done | sort --version-sort
}

has_pgvector() { [[ -e /usr/share/postgresql/$1/extension/vector.control ]]; }

some_server_has_pgvector() {
  local release
  for release in $(servers); do has_pgvector "$release" && return; done
  return 1
}

has_catch2() {
  local version
  version=$(dpkg-query --show --showformat '${Version}' libcatch2-dev 2>/dev/null) &&
    dpkg --compare-versions "$version" ge 3
}

# --- what is missing ---------------------------------------------------------------------------------------------

((${#groups[@]} > 0)) || die "say what to install: build, server, test, check"
for group in "${groups[@]}"; do
  [[ $group =~ ^(build|server|test|check)$ ]] || die "no such group: $group (there are build, server, test, check)"
done

codename=$(. /etc/os-release 2>/dev/null && echo "${ID:-}-${VERSION_CODENAME:-}")
case $codename in
  debian-bookworm) codename=bookworm default_server=15 ;;
  debian-trixie) codename=trixie default_server=17 ;;
  *)
    say "this is neither Debian 12 nor 13, so nothing is installed. See that you have:"
    say "  to build: ${build_packages[*]}, by the names that they have here; CMake 3.25 or newer, a C++20 compiler"
    say "  to run: a PostgreSQL server, and pgvector 0.8 or newer for it; to test: Catch2 3, openssl"
    exit 0
    ;;
esac

packages=()
wants build && packages+=("${build_packages[@]}")
wants test && packages+=(openssl mold libpqxx-dev libsoci-dev libsoci-postgresql4.0)
wants test && [[ $codename != bookworm ]] && packages+=(libcatch2-dev)
wants check && [[ $codename == bookworm ]] && packages+=(clang-format-14 clang-tidy-14 clang-14 libclang-rt-14-dev doxygen)

missing=()
for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done
need_server='' need_catch2='' need_pgbouncer=''
if wants server && ! some_server_has_pgvector; then need_server=yes; fi
if wants test && [[ $codename == bookworm ]] && ! has_catch2; then need_catch2=yes; fi
if wants test && ! installed pgbouncer; then need_pgbouncer=yes; fi
[[ -n ${missing[*]}$need_server$need_catch2$need_pgbouncer ]] || exit 0

if ((EUID != 0)); then
  say "packages must be installed, which needs root"
  command -v sudo >/dev/null || die "there is no sudo here. As root, type: $script ${groups[*]}"
  exec sudo "$script" "${groups[@]}"
fi

# --- installing --------------------------------------------------------------------------------------------------

export DEBIAN_FRONTEND=noninteractive
work=$(mktemp --directory)
no_cluster=/etc/postgresql-common/createcluster.d/ragqueue-setup.conf
no_service=''
trap 'rm -rf "$work" "$no_cluster" ${no_service:+"$no_service"}' EXIT

quietly() {
  "$@" </dev/null >"$work/log" 2>&1 || { tail --lines=30 "$work/log" >&2; die "failed: $*"; }
}

install_packages() {
  say "installing $*"
  quietly apt-get --yes --no-install-recommends --option DPkg::Lock::Timeout=300 install "$@"
}

# Debian's own address in this machine's sources, whatever form they have.
mirror() {
  # shellcheck disable=SC2016  # apt-get fills these in
  apt-get indextargets --format '$(ORIGIN) $(LABEL) $(CODENAME) $(COMPONENT) $(REPO_URI)' |
    awk -v codename="$codename" '$1 == "Debian" && $2 == "Debian" && $3 == codename && $4 == "main" { print $5; exit }'
}

# from_suite SUITE deb|deb-src APT-GET-ARGUMENTS...: asks another suite than the machine's, in the current directory.
from_suite() {
  local suite=$1 kind=$2 uri
  shift 2
  uri=$(mirror)
  [[ -n $uri ]] || die "no address of Debian $codename in this machine's package sources, of which $suite is needed: see man sources.list"
  mkdir -p "$work/$suite/lists/partial"
  echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$work/$suite/sources.list"
  local apt=(apt-get --option "Dir::Etc::SourceList=$work/$suite/sources.list" --option Dir::Etc::SourceParts=/dev/null
             --option "Dir::State::Lists=$work/$suite/lists" --option Dir::Cache::pkgcache= --option Dir::Cache::srcpkgcache=
             --option APT::Sandbox::User=root)
  quietly "${apt[@]}" update
  quietly "${apt[@]}" "$@"
}

# Debian 12 has Catch2 2; its backports have 3. The second package is the old name, which libspdlog-dev depends on.
install_catch2() {
  mkdir "$work/catch2"
  cd "$work/catch2"
  from_suite bookworm-backports deb download libcatch2-dev catch2
  install_packages "$work"/catch2/*.deb
}

# Its package starts a service, now and at every boot; the tests need the program alone.
install_pgbouncer() {
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    no_service=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$no_service"
    chmod +x "$no_service"
  fi
  install_packages pgbouncer
  if [[ -d /run/systemd/system ]]; then quietly systemctl disable pgbouncer; fi
}

# Builds the pgvector of Debian 13 for the server that is here. The server's headers are unpacked, not installed: their
# package would bring all of LLVM along.
build_pgvector() {
  local release=$1 programs=/usr/lib/postgresql/$1/bin root=$work/pgvector/root
  say "building pgvector for PostgreSQL $release"
  mkdir -p "$root" "$work/pgvector/source"
  cd "$work/pgvector"
  quietly apt-get --option APT::Sandbox::User=root download "postgresql-server-dev-$release"
  dpkg-deb --extract postgresql-server-dev-*.deb "$root"
  from_suite trixie deb-src --download-only source pgvector
  tar --extract --file pgvector_*.orig.tar.* --strip-components=1 --directory source
  local settings=("PG_CONFIG=$programs/pg_config" with_llvm=no OPTFLAGS=
                  "includedir_server=$root$("$programs/pg_config" --includedir-server)")
  quietly make --directory source --jobs="$(nproc)" "${settings[@]}"
  quietly make --directory source "${settings[@]}" install
}

install_server() {
  local release
  release=$(servers | tail --lines=1)
  if [[ -z $release ]]; then
    release=$default_server
    mkdir -p "$(dirname "$no_cluster")"
    echo 'create_main_cluster = false' >"$no_cluster"
    install_packages "postgresql-$release"
    rm "$no_cluster"
    say "PostgreSQL $release has no cluster of the system's own; \`pg_createcluster $release main\` would make one"
  fi
  has_pgvector "$release" && return
  if [[ -n $(apt-cache --quiet=2 search --names-only "^postgresql-$release-pgvector\$") ]]; then
    install_packages "postgresql-$release-pgvector"
  else
    local tools=() tool
    for tool in gcc libc6-dev make; do installed "$tool" || tools+=("$tool"); done
    ((${#tools[@]} == 0)) || install_packages "${tools[@]}"
    build_pgvector "$release"
  fi
}

say "reading the package lists"
apt-get --quiet=2 update || say "not all of this machine's package sources can be read; going on with the others"
((${#missing[@]} == 0)) || install_packages "${missing[@]}"
[[ -z $need_catch2 ]] || install_catch2
[[ -z $need_server ]] || install_server
[[ -z $need_pgbouncer ]] || install_pgbouncer
