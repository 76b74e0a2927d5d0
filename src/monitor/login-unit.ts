// The texts by which systemd or launchd starts the monitor at login. Each runs the command at its place in the data folder, which
// stays when a new version is installed, with nothing of the environment but where things are.

/** `launcher`: the command. `env`: what it needs to find its folders. Both absolute, of any characters. */
export interface LoginStart {
  readonly launcher: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A command that has gone with a plugin is no failure of the login. */
const startIfThere = '[ ! -x "$1" ] || exec "$1" start';

const argumentsOf = ({ launcher, env }: LoginStart): string[] => [
  "/usr/bin/env",
  "-i",
  ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  "/bin/sh",
  "-c",
  startIfThere,
  "sh",
  launcher,
];

const hex = (character: string): string =>
  `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;

/** An argument as systemd.service(5) and systemd.syntax(7) have it: neither a variable nor a specifier is put in. */
const systemdQuoted = (text: string): string =>
  `"${text
    .replaceAll(/[\\"]/g, String.raw`\$&`)
    .replaceAll(/[\0-\x1f\x7f]/g, hex)
    .replaceAll("%", "%%")
    .replaceAll("$", "$$$$")}"`;

/**
 * systemd's user unit. `forking`: the command ends when the monitor is up, and the unit is as long active. Whom the monitor
 * has put in its own place is left alone when it ends.
 */
export function systemdUnit(start: LoginStart): string {
  const [program = "", ...rest] = argumentsOf(start);
  return `[Unit]
Description=Sitrep's monitor, made by "sitrep start --at-login"

[Service]
Type=forking
ExecStart=${[program, ...rest.map(systemdQuoted)].join(" ")}
KillMode=process

[Install]
WantedBy=default.target
`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const xml = (text: string): string => text.replaceAll(/[&<>]/g, (one) => entities[one] ?? "");

/** launchd.plist(5) of an agent. The monitor is left alone when the command that started it ends. */
export function launchdPlist(label: string, start: LoginStart): string {
  const words = argumentsOf(start).map((word) => `    <string>${xml(word)}</string>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${xml(label)}</string>
  <key>ProgramArguments</key>
  <array>
${words.join("\n")}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>AbandonProcessGroup</key>
  <true/>
</dict>
</plist>
`;
}
