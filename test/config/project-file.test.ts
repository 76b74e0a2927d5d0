import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allowedSources, decide, readProjectFile } from "../../src/config/project-file.ts";
import { failureOf } from "../support/settings-entries.ts";
import { temporaryFolder } from "../support/temporary.ts";

const team = { name: "team", type: "tickets", url: "https://a.example" };

function aProject(text: string = JSON.stringify({ sources: [team] })) {
  const [project, allowed] = [temporaryFolder(), join(temporaryFolder(), "allowed")];
  const file = join(project, ".sitrep.json");
  writeFileSync(file, text);
  const read = () => {
    const found = readProjectFile(project, allowed);
    if (found === null) throw new Error("no file");
    return found;
  };
  return { project, allowed, file, read, sources: () => allowedSources(project, allowed) };
}

describe("A13: a project's own file", () => {
  test("is used only when exactly its content was allowed", () => {
    const { allowed, file, read, sources } = aProject();
    expect([read().trust, sources().length]).toEqual(["unknown", 0]);
    decide(read(), allowed, true);
    expect([read().trust, sources().length]).toEqual(["allowed", 1]);
    writeFileSync(file, `${JSON.stringify({ sources: [team] })} `);
    expect([read().trust, sources().length]).toEqual(["changed", 0]);
    writeFileSync(file, JSON.stringify({ sources: [team] }));
    expect([read().trust, sources().length]).toEqual(["allowed", 1]);
    decide(read(), allowed, false);
    expect([read().trust, sources().length]).toEqual(["denied", 0]);
  });

  test("cannot have a program run over its files, even if it is allowed", () => {
    const beads = { name: "beads", type: "file", kind: "beads", path: ".beads" };
    const { allowed, read, sources } = aProject(
      JSON.stringify({ sources: [{ ...beads, command: "/usr/bin/bd" }] }),
    );
    expect(read().mistake).toContain('a source of the type "file" cannot have a "command" here');
    expect(() => decide(read(), allowed, true)).toThrow("cannot have");
    expect(sources()).toEqual([]);
  });

  test("is not allowed by the same content in another project", () => {
    const [one, other] = [aProject(), aProject()];
    decide(one.read(), one.allowed, true);
    expect(allowedSources(other.project, one.allowed)).toEqual([]);
    decide(other.read(), other.allowed, false);
    const [from = "", to = ""] = [one, other].map(({ allowed }) =>
      join(allowed, readdirSync(allowed)[0] ?? ""),
    );
    copyFileSync(from, to);
    expect(other.sources()).toEqual([]);
  });

  test("is allowed as the person read it, even if it has changed since", () => {
    const { allowed, file, read, sources } = aProject();
    const seen = read();
    writeFileSync(file, JSON.stringify({ sources: [{ ...team, url: "https://evil.example" }] }));
    decide(seen, allowed, true);
    expect(sources()).toEqual([]);
  });

  test.each([
    ["not JSON", "{", "not JSON"],
    ["an unknown setting", '{"hooks": {}}', '"hooks"'],
    ["a mistake in a source", '{"sources": [{"name": "x", "type": "mcp"}]}', "sources.0"],
    [
      "a name that is used twice",
      JSON.stringify({ sources: [team, team] }),
      '"team" is used twice',
    ],
  ])("cannot be allowed with a mistake: %s", (_, text, words) => {
    const { allowed, read, sources } = aProject(text);
    const { code, message } = failureOf(() => decide(read(), allowed, true));
    expect(code).toBe("config-invalid");
    expect(message).toContain(words);
    expect(sources()).toEqual([]);
  });

  test("is null when missing, and unused when it is not a file", () => {
    const project = temporaryFolder();
    expect(readProjectFile(project, project)).toBeNull();
    mkdirSync(join(project, ".sitrep.json"));
    expect(readProjectFile(project, project)).toMatchObject({ trust: "unknown", sources: [] });
    const endless = temporaryFolder();
    symlinkSync("/dev/zero", join(endless, ".sitrep.json"));
    expect(readProjectFile(endless, endless)).toMatchObject({ sources: [] });
  });
});
