# Ends here unless others are changing files of this session's project.
[ -e "$sitrep_state/live/${CLAUDE_CODE_SESSION_ID-}.files" ] || exit 0
