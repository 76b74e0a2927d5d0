# Ends here unless the monitor has found the repository other than this session knows it.
[ -e "$sitrep_state/live/${CLAUDE_CODE_SESSION_ID-}.git" ] || exit 0
