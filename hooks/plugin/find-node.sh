# Finds the user's own Node that is new enough, since the plugin has none: on the PATH, else where version managers put it. No shell
# start-up file is read, and nothing in a repository is run: neither in the session's own nor in one around it, by any path. Leaves
# it in `sitrep_node`; empty if there is none.
sitrep_node=
# The real path of a program; empty if it has none. Uses the system's own programs, not those of the PATH.
sitrep_real_of() {
  sitrep_real=$(command -p readlink -f -- "$1" 2>/dev/null) || sitrep_real=
}
# Names the repositories around a folder, one a line, also the one that a linked worktree belongs to.
sitrep_roots_of() {
  sitrep_at=$(cd -P -- "$1" 2>/dev/null && pwd -P) || return 0
  # From the system's own record: a project's settings can set HOME.
  sitrep_home= sitrep_user=$(command -p id -un 2>/dev/null) || sitrep_user=
  case $sitrep_user in
  '' | *[!A-Za-z0-9._-]*) ;;
  *) eval "sitrep_home=\$(cd -P -- ~$sitrep_user 2>/dev/null && pwd -P)" || sitrep_home= ;;
  esac
  sitrep_first=$sitrep_at
  while [ -n "$sitrep_at" ]; do
    if [ -e "$sitrep_at/.git" ] || [ "$sitrep_at" = "$sitrep_first" ]; then
      # A repository that holds the home is the person's own.
      case $sitrep_home/ in "$sitrep_at"/*) ;; *) printf '%s\n' "$sitrep_at" ;; esac
    fi
    if [ -f "$sitrep_at/.git" ]; then
      IFS= read -r sitrep_line <"$sitrep_at/.git" || :
      case $sitrep_line in
      'gitdir: '*/.git/worktrees/*)
        sitrep_line=${sitrep_line#gitdir: }
        (cd -P -- "${sitrep_line%/.git/worktrees/*}" 2>/dev/null && pwd -P) || :
        ;;
      esac
    fi
    sitrep_at=${sitrep_at%/*}
  done
}
sitrep_roots=$(
  sitrep_roots_of "${PWD:-/}"
  [ -z "${CLAUDE_PROJECT_DIR-}" ] || sitrep_roots_of "$CLAUDE_PROJECT_DIR"
)
# True for a path in one of the repositories.
sitrep_is_inside() {
  while IFS= read -r sitrep_root; do
    [ -n "$sitrep_root" ] || continue
    case $1 in "$sitrep_root"/*) return 0 ;; esac
  done <<EOR
$sitrep_roots
EOR
  return 1
}
# Runs outside any project, where a version manager would choose by it, and without variables that change what Node loads.
sitrep_ask_node() (
  cd / && command -p env -i HOME="${HOME-}" PATH="${PATH-}" "$@" </dev/null 2>/dev/null
)
sitrep_try_node() {
  case $1 in /*) ;; *) return 1 ;; esac
  sitrep_real_of "$1"
  [ -n "$sitrep_real" ] && [ -f "$sitrep_real" ] && [ -x "$sitrep_real" ] || return 1
  ! sitrep_is_inside "$sitrep_real" || return 1
  sitrep_ask_node "$1" -e 'process.exit(process.versions.napi >= 10 ? 0 : 1)' >/dev/null || return 1
  # A version manager's shim would choose again in each folder.
  sitrep_found=$(sitrep_ask_node "$1" -p process.execPath) || return 1
  sitrep_real_of "$sitrep_found"
  [ -n "$sitrep_real" ] && ! sitrep_is_inside "$sitrep_real" || return 1
  sitrep_node=$sitrep_found
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
