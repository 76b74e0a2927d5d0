# Leaves the stamp of this session: "now" for the comparisons below, and a sign for the monitor that the session lives,
# with its client's process, which may be killed and then says no more. At
# a session's start it has an ending, which is no such sign: the monitor would take the session to know all there is.
# Builtins only, as in all that follows: no process is started. stderr is /dev/null here (see gateCommand).
sitrep_stamp=
case ${CLAUDE_CODE_SESSION_ID-} in
'' | *[!A-Za-z0-9_-]*) ;;
*)
  # Opening a named pipe would wait for its reader.
  if [ ! -p "$sitrep_state/live/$CLAUDE_CODE_SESSION_ID$sitrep_ending" ] &&
    printf '%s\000%s\000%s\000' "${CLAUDE_PROJECT_DIR-}" "${PWD-}" "${CLAUDE_PID-}" >|"$sitrep_state/live/$CLAUDE_CODE_SESSION_ID$sitrep_ending"; then
    sitrep_stamp=$sitrep_state/live/$CLAUDE_CODE_SESSION_ID$sitrep_ending
  fi
  ;;
esac
