# Marks that the session has ended, so that the monitor closes its record. No process is started.
case ${CLAUDE_CODE_SESSION_ID-} in
'' | *[!A-Za-z0-9_-]*) ;;
*)
  # Opening a named pipe would wait for its reader.
  [ ! -p "$sitrep_state/live/$CLAUDE_CODE_SESSION_ID.ended" ] && [ ! -p "$sitrep_state/live/monitor.wake" ] || exit 0
  : >|"$sitrep_state/live/$CLAUDE_CODE_SESSION_ID.ended" && : >|"$sitrep_state/live/monitor.wake"
  ;;
esac
exit 0
