# Ends here when there is nothing to say: the monitor lives (the lease it renews is newer than the stamp that this call
# has left) or was started a moment ago, and has published no news for this session. Anything else goes on to Node.
if [ -n "$sitrep_stamp" ] && [ ! -e "$sitrep_stamp.news" ] &&
  { [ "$sitrep_state/live/monitor.alive" -nt "$sitrep_stamp" ] || [ "$sitrep_state/live/monitor.starting" -nt "$sitrep_stamp" ]; }; then
  exit 0
fi
