# Finds a Node of the person's that is new enough, for the plugin brings none: on the PATH, else where version managers put it. No
# shell's start-up file is read, and nothing in the project is run. Leaves it in `sitrep_node`; empty where there is none.
sitrep_node=
sitrep_try_node() {
  case $1 in
  "${CLAUDE_PROJECT_DIR:-/nowhere}"/*) return 1 ;;
  /*) [ -f "$1" ] && [ -x "$1" ] ;;
  *) return 1 ;;
  esac || return 1
  NODE_OPTIONS='' "$1" -e 'process.exit(process.versions.napi >= 10 ? 0 : 1)' </dev/null >/dev/null 2>&1 || return 1
  # A version manager's shim would choose anew in each folder.
  sitrep_node=$(NODE_OPTIONS='' "$1" -p process.execPath </dev/null 2>/dev/null)
}
sitrep_rest=${PATH-}:
while [ -z "$sitrep_node" ] && [ -n "$sitrep_rest" ]; do
  sitrep_try_node "${sitrep_rest%%:*}/node" || :
  sitrep_rest=${sitrep_rest#*:}
done
for sitrep_place in "${NVM_DIR:-$HOME/.nvm}"/versions/node/*/bin/node "$HOME"/.local/share/fnm/node-versions/*/installation/bin/node \
  "$HOME/Library/Application Support/fnm/node-versions"/*/installation/bin/node "$HOME"/.volta/tools/image/node/*/bin/node \
  "$HOME"/.local/share/mise/installs/node/*/bin/node "$HOME"/.asdf/installs/nodejs/*/bin/node "$HOME"/.nodenv/versions/*/bin/node \
  "$HOME"/n/bin/node "$HOME"/.local/bin/node "$HOME"/.nix-profile/bin/node /opt/homebrew/bin/node /opt/homebrew/opt/node@*/bin/node \
  /home/linuxbrew/.linuxbrew/bin/node /usr/local/bin/node /usr/local/n/versions/node/*/bin/node /snap/bin/node /usr/bin/node \
  /run/current-system/sw/bin/node; do
  [ -z "$sitrep_node" ] || break
  sitrep_try_node "$sitrep_place" || :
done
