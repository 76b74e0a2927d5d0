# Notes that this session calls git (a switch of the branch is then its own), and ends here unless the monitor found a repository
# that differs from what this session knows.
case ${CLAUDE_CODE_SESSION_ID-} in
'' | *[!A-Za-z0-9_-]*) exit 0 ;;
esac
# Opening a named pipe would wait for its reader.
[ ! -p "$sitrep_state/live/$CLAUDE_CODE_SESSION_ID.git-call" ] || exit 0
printf . >|"$sitrep_state/live/$CLAUDE_CODE_SESSION_ID.git-call"
[ -e "$sitrep_state/live/$CLAUDE_CODE_SESSION_ID.git" ] || exit 0
