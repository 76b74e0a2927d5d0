#!/bin/sh
# The `sitrep` command of the plugin, which Claude Code puts on the PATH of the commands that Claude runs.
. "${0%/*}/../find-node.sh"
if [ -z "$sitrep_node" ]; then
  echo "sitrep: Node 22.14 or later is needed, and none was found." >&2
  exit 1
fi
# Nothing is written in the plugin's own folder.
export NODE_DISABLE_COMPILE_CACHE=1
exec "$sitrep_node" "${0%/*}/../build/cli.cjs" "$@"
