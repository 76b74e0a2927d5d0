// Without a task server nothing of Sitrep opens a connection or a port, nor asks for a name: the kernel counts it, in a network
// namespace that has nothing else in it.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { prepareInstallation, runShell } from "../support/installation.ts";

const inNamespace = (script: string): string =>
  `unshare -Urn sh -c 'ip link set lo up && exec sh "$0"' '${script}'`;

const canUnshare =
  process.platform === "linux" &&
  spawnSync("unshare", ["-Urn", "sh", "-c", "ip link set lo up"]).status === 0;

/** A table of /proc/net/snmp: `Tcp: ActiveOpens … \n Tcp: 0 …`. */
function countersIn(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => /^(?:Ip|Tcp|Udp): /.test(line));
  return Object.fromEntries(
    lines.flatMap((names, at) => {
      if (at % 2 === 1) return [];
      const values = lines[at + 1]?.split(" ") ?? [];
      const [protocol = "", ...rest] = names.split(" ");
      return rest.map((name, place) => [`${protocol}${name}`, Number(values[place + 1])]);
    }),
  );
}

const asked = ({ "Tcp:ActiveOpens": connections, ...more }: Record<string, number>) => ({
  connections,
  taken: more["Tcp:PassiveOpens"],
  datagrams: more["Udp:OutDatagrams"],
  withoutRoute: more["Ip:OutNoRoutes"],
});

test.runIf(canUnshare)(
  "install, every hook, the monitor and the commands open no connection and no port",
  async () => {
    const { home, env, project } = prepareInstallation();
    const script = join(home, "all.sh");
    const sitrep = `'${process.execPath}' '${join(builtFolder, "cli.cjs")}'`;
    const input = (event: string): string =>
      JSON.stringify({
        session_id: "s1",
        cwd: project.folder,
        hook_event_name: event,
        source: "startup",
        tool_name: "Bash",
        tool_input: { command: "git status" },
        agent_type: "Explore",
      });
    const commands = `'${process.execPath}' -e '
      const { hooks } = JSON.parse(require("fs").readFileSync(".claude/settings.local.json"));
      for (const group of hooks[process.argv[1]] ?? []) for (const one of group.hooks) console.log(one.command);'`;
    const events = [
      "SessionStart",
      "SubagentStart",
      "PreToolUse",
      "Stop",
      "PreCompact",
      "SessionEnd",
    ];
    writeFileSync(
      script,
      `exec 3>&1 >&2
export CLAUDE_CODE_SESSION_ID=s1 CLAUDE_PROJECT_DIR="$PWD"
${sitrep} install --yes
${sitrep} task add One
${events
  .map(
    (event) =>
      `${commands} ${event} | while IFS= read -r line; do printf '%s' '${input(event)}' | sh -c "$line" >&3; done`,
  )
  .join("\n")}
${["refresh", "status", "doctor", "brief", "last --tokens", "today", "task list"].map((verb) => `${sitrep} ${verb}`).join("\n")}
{ echo @before; cat /proc/net/snmp; echo @sockets; cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 | grep -v local_address
echo @after; '${process.execPath}' -e 'fetch("http://127.0.0.1:7777").catch(() => 0); fetch("http://sitrep.example").catch(() => 0)'; cat /proc/net/snmp; } >&3
${sitrep} stop
`,
    );
    const ran = await runShell(inNamespace(script), { cwd: project.folder, env });
    const [said = "", before = "", sockets = "", after = ""] = ran.stdout.split(/@\w+\n/);
    expect(said).toContain("Sitrep ");
    expect(sockets).toBe("");
    expect(asked(countersIn(before))).toEqual({
      connections: 0,
      taken: 0,
      datagrams: 0,
      withoutRoute: 0,
    });
    // The control: what a program asks for is counted.
    expect(countersIn(after)["Tcp:ActiveOpens"]).toBeGreaterThan(0);
  },
);
