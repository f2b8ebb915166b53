#!/usr/bin/env bash
# npm_clients.sh FAKE_EMBEDDING_SERVER DIRECTORY: asks the fake server by the official npm clients of Ollama and OpenAI.
# DIRECTORY keeps them. Ends with 77, and says so, where they cannot be had.
set -euo pipefail

server=$1 directory=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clients=(ollama@0.6.4 openai@7.57.0)

not_checked() {
  echo "NOT CHECKED: the npm clients ${clients[*]} cannot be had: $*" >&2
  exit 77
}

command -v node >/dev/null && command -v npm >/dev/null || not_checked "there is no node, or no npm"
mkdir -p "$directory"
if [[ ! -e $directory/complete ]]; then
  npm_config_fetch_retries=1 npm_config_fetch_timeout=60000 npm_config_update_notifier=false \
    timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$directory" "${clients[@]}" ||
    not_checked "npm failed"
  touch "$directory/complete"
fi
# Modules are looked for above the file that imports them.
cp "$here/npm_clients.mjs" "$directory"
exec node "$directory/npm_clients.mjs" "$server"
