# Leaves the stamp of this session: "now" for the comparisons below, and a sign for the monitor that the session lives.
# Builtins only, as in all that follows: no process is started. stderr is /dev/null here (see gateCommand).
sitrep_stamp=
case ${CLAUDE_CODE_SESSION_ID-} in
'' | *[!A-Za-z0-9_-]*) ;;
*)
  if printf '%s\000%s\000' "${CLAUDE_PROJECT_DIR-}" "${PWD-}" >|"$sitrep_state/live/$CLAUDE_CODE_SESSION_ID"; then
    sitrep_stamp=$sitrep_state/live/$CLAUDE_CODE_SESSION_ID
  fi
  ;;
esac
