import { describe, expect, test } from "vitest";
import { failedText, maskKnownSecrets } from "../../../src/core/secrets/known-secrets.ts";
import { createHandoff } from "../../../src/core/handoff/keep-handoff.ts";

/** Put together here, so that no scanner takes this file for a leak. */
const part = (...parts: string[]): string => parts.join("");
const word = "hunter2correct";

const lines: readonly (readonly [command: string, secret: string])[] = [
  [`DB_PASS=${word} ./migrate.sh`, word],
  [`MYSQL_PWD=${word} mysql shop`, word],
  [`PGPASSWORD='${word}' psql -c 'select 1'`, word],
  [`docker login -u ana -p ${word} registry.example`, word],
  [`redis-cli -h cache -a ${word} ping`, word],
  [`mysql -uroot -p${word} shop`, word],
  [`curl -u ana:${word} https://api.example`, word],
  [`curl --cookie "session=${word}" https://api.example`, word],
  [`curl -H 'Cookie: sid=${word}' https://api.example`, word],
  [`sshpass -p ${word} ssh host`, word],
  [
    `curl https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/${word}AAAAAAAAAAAA`,
    `${word}AAAAAAAAAAAA`,
  ],
  [`curl https://discord.com/api/webhooks/123456/${word}`, word],
  [`az storage --connection-string "AccountName=a;AccountKey=${word}=="`, word],
  [`psql -c "ALTER USER ana PASSWORD '${word}'"`, word],
  [`mysql -e "CREATE USER a IDENTIFIED BY '${word}'"`, word],
  [part("vault login hvs", ".CAESIJ", "x".repeat(90)), "x".repeat(20)],
  [part("export T=ghp", "_", "a1B2".repeat(9)), "a1B2a1B2"],
  [part("npm config set //r/:_authToken npm", "_", "a1B2".repeat(9)), "a1B2a1B2"],
  [part("aws configure set AKIA", "IOSFODNN7", "ABCDEFG"), "IOSFODNN7"],
  [`git push https://ana:${word}@git.example/shop.git`, word],
];

describe("a secret with a known form", () => {
  test.each(lines)("is not in the kept command: %s", (command, secret) => {
    expect(failedText(command, "1")).not.toContain(secret);
    expect(failedText(command, "1")).toMatch(/\(exit 1\)$/);
  });

  test.each(lines)("is masked in a message: %s", (command, secret) => {
    expect(maskKnownSecrets(`It failed: ${command}`)).not.toContain(secret);
    const { said } = createHandoff(
      { said: `It failed: ${command}`, files: [], failed: "" },
      () => null,
    );
    expect(said).not.toContain(secret);
  });
});

test.each([
  ["npm test -- cart", "npm test -- cart"],
  [
    "cd packages/shop && npx vitest run test/cart.test.ts",
    "cd packages/shop && npx vitest run test/cart.test.ts",
  ],
  ["pytest -k 'cart and total'", "pytest -k 'cart and total'"],
  ["git rebase origin/main", "git rebase origin/main"],
  ["./deploy.sh --to prod", "deploy.sh (exit 2)"],
  ["sudo env A=1 /usr/bin/psql -c 'select 1'", "psql (exit 2)"],
  ["npm publish --otp 123456", "npm (exit 2)"],
  ["make deploy TOKEN=abc", "make (exit 2)"],
  ["$(cat token)", "a command (exit 2)"],
])("the kept part of %s is: %s", (command, kept) => {
  expect(failedText(command, "2")).toBe(kept);
});

test("ordinary words are left as they are", () => {
  const said = "The cart test fails: expected 3, got 4. Fix src/cart.ts and run npm test again.";
  expect(maskKnownSecrets(said)).toBe(said);
});
