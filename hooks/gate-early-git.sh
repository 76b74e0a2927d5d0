# Has git read the state of the repository while Node starts, which on two processors costs nothing. Only in a plain
# repository: a folder `.git` whose settings name no filter and include nothing, so that there is nothing to blank (Node
# looks again before it believes the answer). The answer goes to a file: the working tree, git's output, and, once it is
# whole, the number of this shell and git's exit code. gate-node.sh ends what is still running. Nothing is started while
# the monitor's own reading is at hand: its mark, a file named after the path, is newer than the stamp of this session.
sitrep_place=
case ${PWD-} in /*) sitrep_place=$PWD ;; esac
while [ -n "$sitrep_place" ] && [ ! -e "$sitrep_place/.git" ]; do
  sitrep_place=${sitrep_place%/*}
done
sitrep_mark= sitrep_rest=$sitrep_place
while [ "$sitrep_rest" != "${sitrep_rest#*/}" ]; do
  sitrep_mark=$sitrep_mark${sitrep_rest%%/*}@
  sitrep_rest=${sitrep_rest#*/}
done
if { [ -z "$sitrep_stamp" ] || ! [ "$sitrep_state/live/$sitrep_mark$sitrep_rest" -nt "$sitrep_stamp" ]; } &&
  [ -d "$sitrep_place/.git" ] && [ ! -h "$sitrep_place/.git" ] && [ -f "$sitrep_place/.git/HEAD" ] &&
  [ -d "$sitrep_place/.git/objects" ] && [ -d "$sitrep_place/.git/refs" ] &&
  [ -f "$sitrep_place/.git/config" ] && [ ! -h "$sitrep_place/.git/config" ] && [ -s "$sitrep_place/.git/config" ] && [ ! -e "$sitrep_place/.git/config.worktree" ] &&
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
