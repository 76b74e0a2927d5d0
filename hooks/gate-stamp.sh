# Leaves the stamp of this session: "now" for the comparisons below, and a sign for the monitor that the session lives, with the
# process id of its Claude Code, which may be killed without a word. At a session's start the stamp has a suffix, so that it is not
# such a sign: the monitor would take the session to know everything already.
# Only builtins, here and in what follows: no process is started. stderr is /dev/null here (see gateCommand).
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
