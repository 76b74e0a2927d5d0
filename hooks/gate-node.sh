# Starts the hook, silently: the hook itself logs failures for `sitrep doctor`. Node is not `exec`ed, so that its exit code does not
# become ours; it starts in / because it cannot start in a deleted folder. It gets only the variables that a hook reads: a
# repository's settings can set variables that change what Node, OpenSSL or the C library load.
cd / || :
# Uses builtins: another program would take a twentieth of Node's own start. Of `export NAME='a value'` each word with a name is
# checked; `set -f` keeps a `*` in a value from naming files.
set -f
for sitrep_name in $(export -p); do
  case $sitrep_name in [A-Za-z_]*=*) sitrep_name=${sitrep_name%%=*} ;; *) continue ;; esac
  case $sitrep_name in
  *[!A-Za-z0-9_]* | sitrep_* | HOME | PATH | TZ | TMPDIR | XDG_CONFIG_HOME | XDG_DATA_HOME | XDG_STATE_HOME) ;;
  SITREP_HOME | SITREP_OFF | CLAUDE_PROJECT_DIR | CLAUDE_CODE_SESSION_ID | CLAUDE_CODE_ENTRYPOINT | CLAUDE_PID) ;;
  *) command unset "$sitrep_name" || : ;;
  esac
done
"$sitrep_node" "$sitrep_bundle" "$sitrep_state" "$sitrep_mode" "$sitrep_early" || :
[ -z "$sitrep_git" ] || kill "$sitrep_git" || :
exit 0
