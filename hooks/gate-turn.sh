# Leaves a mark that a turn has ended, so that the monitor records where the session stopped, and wakes it. gate-no-news.sh, which comes
# next (`ownPieces` in src/install/write-gates.ts), ends the hook when the monitor is alive. With `handoff.off` in the state folder
# nothing is recorded.
[ ! -e "$sitrep_state/handoff.off" ] || exit 0
sitrep_stamp=
case ${CLAUDE_CODE_SESSION_ID-} in
'' | *[!A-Za-z0-9_-]*) exit 0 ;;
*)
  # Opening a named pipe would wait for its reader.
  [ ! -p "$sitrep_state/live/$CLAUDE_CODE_SESSION_ID.turn" ] && [ ! -p "$sitrep_state/live/monitor.wake" ] || exit 0
  printf . >|"$sitrep_state/live/$CLAUDE_CODE_SESSION_ID.turn" &&
    sitrep_stamp=$sitrep_state/live/$CLAUDE_CODE_SESSION_ID.turn && printf '' >|"$sitrep_state/live/monitor.wake"
  ;;
esac
