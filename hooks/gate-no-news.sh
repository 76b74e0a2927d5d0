# Ends here when there is nothing to say: the monitor is alive (the lease that it renews is newer than the stamp of this call) or was
# just started, and has published no news for this session. Anything else goes on to Node.
if [ -n "$sitrep_stamp" ] && [ ! -e "$sitrep_stamp.news" ] &&
  { [ "$sitrep_state/live/monitor.alive" -nt "$sitrep_stamp" ] || [ "$sitrep_state/live/monitor.starting" -nt "$sitrep_stamp" ]; }; then
  exit 0
fi
