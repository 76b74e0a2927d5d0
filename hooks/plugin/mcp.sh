# The plugin's task tools, on stdio: with the Node and the state folder of the installation, or the first Node found.
sitrep_node= sitrep_record= sitrep_folder=
[ ! -r "$CLAUDE_PLUGIN_DATA/made.sh" ] || . "$CLAUDE_PLUGIN_DATA/made.sh"
unset NODE_OPTIONS
if [ -x "$sitrep_node" ] && [ -r "$sitrep_folder/mcp.cjs" ]; then
  exec "$sitrep_node" "$sitrep_folder/mcp.cjs" --state "${sitrep_record%/*}"
fi
. "$CLAUDE_PLUGIN_ROOT/find-node.sh"
if [ -z "$sitrep_node" ]; then
  # A server without tools: a failing one would be reported to Claude in every session.
  while IFS= read -r sitrep_line; do
    case $sitrep_line in *'"id":'*) ;; *) continue ;; esac
    sitrep_id=${sitrep_line#*'"id":'}
    sitrep_answer='"error":{"code":-32601,"message":"Node 22.14 or later is needed"}'
    case $sitrep_line in
    *'"method":"initialize"'*) sitrep_answer='"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"sitrep","version":"0"}}' ;;
    esac
    printf '{"jsonrpc":"2.0","id":%s,%s}\n' "${sitrep_id%%[,\}]*}" "$sitrep_answer"
  done
  exit 0
fi
# Nothing is written in the plugin's own folder.
NODE_DISABLE_COMPILE_CACHE=1 exec "$sitrep_node" "$CLAUDE_PLUGIN_ROOT/build/mcp.cjs"
