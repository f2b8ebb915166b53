#!/usr/bin/env bash
# llama_server.sh DIRECTORY: puts Debian's llama-server, with all libraries that it needs, in DIRECTORY/root, and a model
# of a few hundred words in DIRECTORY/model.gguf. Ends with 77, and says so, where the packages cannot be had.
#
# The packages are of Debian's next release (forky): they are unpacked, not installed, and run by their own loader.
set -euo pipefail

directory=$1
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=(llama.cpp-tools libllama0 libggml0 libc6 libgcc-s1 libstdc++6 libgomp1 libssl3t64 libzstd1 zlib1g)

not_checked() {
  echo "NOT CHECKED: llama-server cannot be had here: $*" >&2
  exit 77
}

# Debian's own address in this machine's sources, whatever form they have.
mirror() {
  # shellcheck disable=SC2016  # apt-get fills these in
  apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
    awk '$1 == "Debian" && $2 == "main" && $3 !~ /security/ { print $3; exit }'
}

fetch() {
  local suite=$1 state=$directory/apt
  rm -rf "$state" "$directory/packages"
  mkdir -p "$state/lists/partial" "$directory/packages"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$state/sources.list"
  # The index of a suite that moves may be past its date here, and is none the worse for a test.
  local apt=(apt-get --quiet=2 --option "Dir::Etc::SourceList=$state/sources.list" --option Dir::Etc::SourceParts=/dev/null
             --option "Dir::State::Lists=$state/lists" --option Dir::Cache::pkgcache= --option Dir::Cache::srcpkgcache=
             --option APT::Sandbox::User=root --option Acquire::Check-Valid-Until=no)
  "${apt[@]}" update && (cd "$directory/packages" && "${apt[@]}" download "${packages[@]}")
}

[[ $(dpkg --print-architecture 2>/dev/null) == amd64 ]] || not_checked "not Debian on amd64"
uri=$(mirror)
[[ -n $uri ]] || not_checked "this machine's package sources have no address of Debian"
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
if [[ ! -d $directory/root ]]; then
  fetch forky || fetch sid || not_checked "its packages cannot be downloaded"
  rm -rf "$directory/partial"
  for package in "$directory"/packages/*.deb; do dpkg-deb --extract "$package" "$directory/partial"; done
  mv "$directory/partial" "$directory/root"
  rm -rf "$directory/packages" "$directory/apt"
fi
python3 -B "$source/tiny_bert.py" "$directory/model.partial"
mv "$directory/model.partial" "$directory/model.gguf"
