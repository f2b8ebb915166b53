#!/usr/bin/env bash
# From a bare Debian and this checkout to questions in plain words that find the right pages: installs what is missing,
# builds rag_worker, starts a private PostgreSQL, loads GNOME's help pages, this machine's packages and bugs that Debian
# fixed in them, indexes them and asks five questions. Run it again, and it goes on from what is there.

set -euo pipefail
umask 022
export LC_ALL=C.UTF-8
unset "${!RAGQUEUE_@}"

usage() {
  cat <<'TEXT'
examples/quickstart.sh [--keep] [--dir DIR]

  --keep      leave the database running
  --dir DIR   where the database and the downloads live: by default /var/lib/ragqueue/quickstart for root,
              ~/.local/state/ragqueue/quickstart for others
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
example=$root/examples/quickstart
worker=$root/build/release/bin/rag_worker
organization=70bd31a9-8f2e-4c07-9d4b-3d6a4c0f5e12
bold='' plain=''
if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi
keep=no
started=no
dir=${XDG_STATE_HOME:-$HOME/.local/state}/ragqueue/quickstart
[[ $EUID -ne 0 ]] || dir=/var/lib/ragqueue/quickstart  # the server runs as postgres, who may not enter /root

questions=(
  "printer paper is stuck"
  "text on the screen is too small to read"
  "I deleted a file by mistake"
  "compression program"
  "a memory leak was fixed"
)

die() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }
heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# Runs the function named after the heading, and tells how long it took.
stage() {
  local begin=$SECONDS
  heading "$1"
  "${@:2}"
  echo "($((SECONDS - begin)) s)"
}

arguments() {
  while (($#)); do
    case $1 in
      --keep) keep=yes ;;
      --dir) [[ -n ${2:-} ]] || die "--dir needs a directory"; dir=$2; shift ;;
      -h | --help) usage; exit ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  dir=$(realpath --canonicalize-missing "$dir")
}

build() {
  "$root/cmake/setup.sh" build server
  cd "$root"
  [[ -f build/release/build.ninja ]] || cmake --preset release
  cmake --build --preset release
}

# Package lists of our own serve a machine that has none, so that those of the machine stay as they are.
fetch_packages() {
  local apt=(apt-get --quiet=2 --option APT::Sandbox::User=root)
  "${apt[@]}" download "$@" 2>/dev/null && return
  apt+=(--option "Dir::State::Lists=$PWD/lists" --option "Dir::Cache=$PWD/cache")
  mkdir -p lists/partial cache/archives/partial
  "${apt[@]}" update || true  # a source that is not needed here may be out of reach
  "${apt[@]}" download "$@" || die "cannot download $*: apt-get needs a Debian mirror that has it"
}

unpack_material() (
  [[ -d $dir/material ]] && return
  local packages=(gnome-user-docs)
  # Images made for containers leave the changelogs out of what they install.
  compgen -G '/usr/share/doc/*/changelog.Debian.gz' >/dev/null || packages+=(adduser apt bash cups-client tar)
  rm -rf "$dir/download"
  mkdir -p "$dir/download/unpacked"
  cd "$dir/download"
  fetch_packages "${packages[@]}"
  for package in *.deb; do dpkg-deb --extract "$package" unpacked; done
  mv unpacked "$dir/material"
  rm -rf "$dir/download"
)

load() {
  mkdir -p "$dir/rows"
  unpack_material
  python3 -B "$example/rows.py" "$organization" "$dir/material/usr/share/help/C" "$dir/rows" \
    /usr/share/doc "$dir/material/usr/share/doc"
  started=yes
  "$worker" --local "$dir/postgres" init
  database=$("$worker" --local "$dir/postgres" database)
  local psql=(psql --no-psqlrc --quiet --output /dev/null --set ON_ERROR_STOP=1 --dbname "$database")
  "${psql[@]}" --file "$example/schema.sql"
  cd "$dir/rows"
  "${psql[@]}" --set "organization=$organization" --file "$example/load.sql"
  echo "$(wc -l <kb_articles.tsv) help pages with $(wc -l <kb_links.tsv) links," \
    "$(wc -l <assets.tsv) packages, $(wc -l <tickets.tsv) fixed bugs"
}

index() {
  "$worker" --local "$dir/postgres" --config "$example/rag_worker.toml" run --drain --concurrency 2
  "$worker" --local "$dir/postgres" status
}

ask() {
  for question in "${questions[@]}"; do
    heading "\"$question\""
    "$worker" --local "$dir/postgres" search "$organization" "$question" --limit 3
  done
}

what_next() {
  local run="build/release/bin/rag_worker --local $dir/postgres"
  heading "Now you, in $root"
  cat <<TEXT
Ask             $run search $organization "your own words"
Change a row    psql "\$($run database)"
                UPDATE kb_articles SET title = 'My printer ate my homework' WHERE title = 'Clearing a paper jam';
Index it        $run --config examples/quickstart/rag_worker.toml run --drain
Count           $run status
Stop            $run stop
TEXT
  local state="The database stops now, and each of these starts it again. With --keep it goes on running."
  [[ $keep == no ]] || state="The database goes on running: psql \"$database\""
  printf '\n%s\n' "$state"
}

finish() {
  [[ $started == no || $keep == yes ]] || "$worker" --local "$dir/postgres" stop
}

arguments "$@"
trap finish EXIT
trap 'exit 130' INT TERM HUP
stage "Installing what is missing, and building" build
stage "Loading rows" load
stage "Indexing" index
stage "Asking" ask
what_next
