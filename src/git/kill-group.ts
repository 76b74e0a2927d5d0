import { join } from "node:path";

function endOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
}

/** `pid`: a child that was started detached, and so leads its group. On Windows, taskkill ends the process tree. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  if (process.platform !== "win32") return endOne(-pid);
  try {
    const { spawn } = process.getBuiltinModule("node:child_process");
    const system = process.env["SystemRoot"] ?? String.raw`C:\Windows`;
    const tool = join(system, "System32", "taskkill.exe");
    const child = spawn(tool, ["/pid", String(pid), "/T", "/F"], {
      stdio: "ignore",
      windowsHide: true,
    });
    child.on("error", () => endOne(pid));
  } catch {
    // It has ended already.
  }
}
