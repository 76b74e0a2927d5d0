# Has git read the state of the repository while Node starts, which on two processors costs nothing. Only in a plain
# repository: a folder `.git` whose settings name no filter and include nothing, so that there is nothing to blank (Node
# looks again before it believes the answer). The answer goes to a file: the working tree, git's output, and, once it is
# whole, the number of this shell and git's exit code. gate-node.sh ends what is still running.
sitrep_place=
case ${PWD-} in /*) sitrep_place=$PWD ;; esac
while [ -n "$sitrep_place" ] && [ ! -e "$sitrep_place/.git" ]; do
  sitrep_place=${sitrep_place%/*}
done
if [ -d "$sitrep_place/.git" ] && [ ! -h "$sitrep_place/.git" ] && [ -f "$sitrep_place/.git/HEAD" ] &&
  [ -f "$sitrep_place/.git/config" ] && [ ! -e "$sitrep_place/.git/config.worktree" ] &&
  [ ! -e "$sitrep_place/.git/commondir" ]; then
  sitrep_early=$sitrep_state/live/git.$$
  # The redirection stands inside: outside it some shells start one process more, and `$!` is the wrong one.
  ({
    sitrep_end() {
      printf '%s %s\n' "$$" "$1"
      exit
    }
    cd -P -- "$sitrep_place" || sitrep_end 1
    while IFS= read -r sitrep_line || [ -n "$sitrep_line" ]; do
      case $sitrep_line in
      *[Ff][Ii][Ll][Tt][Ee][Rr]* | *[Ii][Nn][Cc][Ll][Uu][Dd][Ee]* | *[Ll][Ff][Ss]*) sitrep_end 1 ;;
      esac
    done <.git/config
    printf '%s\000' "$PWD"
    trap 'kill -9 "$!"; exit' TERM
    @status@ &
    wait "$!"
    sitrep_end "$?"
  } </dev/null >|"$sitrep_early" 2>/dev/null) &
  sitrep_git=$!
fi
