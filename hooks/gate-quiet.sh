# Ends here when there is nothing to say: the monitor lives (the lease it renews is newer than the stamp that this call
# leaves) and has laid out no news for this session. Anything else goes on to Node. Builtins only: no process is started.
# stderr is /dev/null here (see gateCommand).
sitrep_session=${CLAUDE_CODE_SESSION_ID-}
case $sitrep_session in
'' | *[!A-Za-z0-9_-]*) ;;
*)
  if printf '%s\000%s\000' "${CLAUDE_PROJECT_DIR-}" "${PWD-}" >|"$sitrep_state/live/$sitrep_session" &&
    [ "$sitrep_state/live/monitor.alive" -nt "$sitrep_state/live/$sitrep_session" ] &&
    [ ! -e "$sitrep_state/live/$sitrep_session.news" ]; then
    exit 0
  fi
  ;;
esac
