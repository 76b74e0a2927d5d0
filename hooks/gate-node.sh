# Starts the hook, and says nothing of what may go wrong with it: the hook logs it for `sitrep doctor` itself. Node
# is not `exec`ed, so that its exit code does not become ours; it starts in / because it cannot start in a folder that
# is gone.
cd / || :
NODE_OPTIONS='' NODE_V8_COVERAGE='' NODE_EXTRA_CA_CERTS='' "$sitrep_node" "$sitrep_bundle" "$sitrep_state" "$sitrep_mode" "$sitrep_early" || :
[ -z "$sitrep_git" ] || kill "$sitrep_git" || :
exit 0
