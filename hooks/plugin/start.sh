# SessionStart of the plugin: the gate, as the entry in settings runs it. It is in the plugin's data folder, which Claude Code removes
# with the plugin; when it is missing or from another build, it is made first, which takes a second or two.
sitrep_made= sitrep_node= sitrep_record= sitrep_build=
[ ! -r "$CLAUDE_PLUGIN_DATA/made.sh" ] || command . "$CLAUDE_PLUGIN_DATA/made.sh"
IFS= read -r sitrep_build <"$CLAUDE_PLUGIN_ROOT/build-id" || :
if [ "$sitrep_made" != "$sitrep_build" ] || [ ! -x "$sitrep_node" ] || [ ! -e "$sitrep_record" ]; then
  [ "${SITREP_OFF-}" != 1 ] || exit 0
  : >|"$CLAUDE_PLUGIN_DATA/before.$$"
  command . "$CLAUDE_PLUGIN_ROOT/find-node.sh"
  if [ -z "$sitrep_node" ]; then
    command -p rm -f "$CLAUDE_PLUGIN_DATA/before.$$"
    printf '%s\n' '{"systemMessage":"Sitrep needs Node 22.14 or later and found none. Install it (nodejs.org), then start a new session."}'
    exit 0
  fi
  # With only the variables that it reads: a repository's settings can set some that change what Node loads.
  set --
  for sitrep_name in HOME PATH USER LOGNAME LANG LC_ALL TZ TMPDIR XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR \
    SITREP_HOME HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy \
    CLAUDE_PROJECT_DIR CLAUDE_CODE_SESSION_ID CLAUDE_CONFIG_DIR; do
    eval "[ -z \"\${$sitrep_name+set}\" ] || set -- \"\$@\" \"$sitrep_name=\$$sitrep_name\""
  done
  command -p env -i "$@" "$sitrep_node" "$CLAUDE_PLUGIN_ROOT/build/plugin-setup.cjs" \
    "$CLAUDE_PLUGIN_ROOT" "$CLAUDE_PLUGIN_DATA" "$sitrep_build" </dev/null >/dev/null || :
  # Meanwhile an entry in settings may have answered: it left a claim (src/state/live/event-claims.ts).
  [ ! -r "$CLAUDE_PLUGIN_DATA/made.sh" ] || command . "$CLAUDE_PLUGIN_DATA/made.sh"
  for sitrep_claim in "${sitrep_record%/*}/live/${CLAUDE_CODE_SESSION_ID-}".claim.*; do
    [ ! "$sitrep_claim" -nt "$CLAUDE_PLUGIN_DATA/before.$$" ] || sitrep_made=
  done
  command -p rm -f "$CLAUDE_PLUGIN_DATA/before.$$"
  [ -n "$sitrep_made" ] || exit 0
fi
[ ! -r "$CLAUDE_PLUGIN_DATA/gates/session-start.sh" ] || command . "$CLAUDE_PLUGIN_DATA/gates/session-start.sh"
