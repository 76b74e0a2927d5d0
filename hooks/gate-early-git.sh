# Has git read the state of the repository while Node starts, which on two processors costs nothing. Only if `.git` is a
# real folder, and Node has made a copy of the repository's settings that git reads instead (a folder named after the path; Node
# checks the copy again before it trusts the response). The response goes to a file: the working tree, git's output, and, once it is
# complete, this shell's process id and git's exit code. gate-node.sh kills what is still running. Nothing is started while the
# monitor's own reading is recent: its mark, also a file named after the path, is newer than the stamp of this session.
sitrep_name_of() {
  sitrep_name= sitrep_rest=$1
  while [ "$sitrep_rest" != "${sitrep_rest#*/}" ]; do
    sitrep_name=$sitrep_name${sitrep_rest%%/*}@
    sitrep_rest=${sitrep_rest#*/}
  done
  sitrep_name=$sitrep_name$sitrep_rest
}
sitrep_place=
case ${PWD-} in /*) sitrep_place=$PWD ;; esac
while [ -n "$sitrep_place" ] && [ ! -e "$sitrep_place/.git" ]; do
  sitrep_place=${sitrep_place%/*}
done
sitrep_name_of "$sitrep_place"
if { [ -z "$sitrep_stamp" ] || ! [ "$sitrep_state/live/$sitrep_name" -nt "$sitrep_stamp" ]; } &&
  [ -d "$sitrep_place/.git" ] && [ ! -h "$sitrep_place/.git" ]; then
  sitrep_early=$sitrep_state/live/git.$$
  # The redirection is inside: outside, some shells start another process, and `$!` is the wrong one.
  ({
    sitrep_end() {
      printf '%s %s\n' "$$" "$1"
      exit
    }
    cd -P -- "$sitrep_place" || sitrep_end 1
    sitrep_name_of "$PWD"
    [ -f "$sitrep_state/git/$sitrep_name/config" ] || sitrep_end 1
    printf '%s\000' "$PWD"
    trap 'kill -9 "$!"; exit' TERM
    @status@ &
    wait "$!"
    sitrep_end "$?"
  } </dev/null >|"$sitrep_early" 2>/dev/null) &
  sitrep_git=$!
fi
