import { describe, expect, test } from "vitest";
import { isSecretFile, maskSecrets } from "../../../src/core/secrets/secret-text.ts";

/** Put together here, so that no scanner takes this file for a leak. */
const key = (...parts: string[]): string => parts.join("");
const random = "aB3dE5fG7hI9jK1lM3nO5pQ7";

describe("a secret is masked", () => {
  test.for([
    ["a key of a model's maker", key("sk-", "ant-api03-", random), ""],
    ["a token of GitHub", key("ghp", "_", "abcdefghijklmnopqrst0123456789abcdef"), ""],
    ["a fine-grained one", key("github", "_pat_", "11ABCDEFG0abcdefghij_abcdef"), ""],
    ["a token of Slack", key("xoxb", "-1234567890-abcdefghij"), ""],
    ["an id of AWS", key("AKIA", "IOSFODNN7EXAMPLE"), ""],
    ["a web token", key("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"), ""],
    [
      "a bearer token",
      key("hunter2hunter2"),
      "curl -H 'Authorization: Bearer @' https://a.example",
    ],
    ["one in lower case", key("hunter2hunter2"), "authorization: bearer @"],
    ["one without its header", key("hunter2hunter2"), "with Bearer @ it works"],
    ["a header of a key", key("hunter2"), 'curl -H "X-Api-Key: @"'],
    ["a password that is set", key("hunter2"), "password=@ npm test"],
    ["a password of a variable", key("hunter2"), "export DB_PASSWORD='@'"],
    ["a token in JSON", key("hunter2"), '{"access_token": "@"}'],
    ["a password with blanks", key("correct horse"), 'export ADMIN_SECRET="@"'],
    ["an option", key("hunter2"), "sitrep login --password @"],
    ["an option of another form", key("hunter2"), "deploy --api-key=@ now"],
    ["a person of a command", key("hunter2"), "curl -u ana:@ https://a.example"],
    ["a database's password", key("hunter2"), "mysql -h db -p@ shop"],
    ["an address", key("hunter2"), "git push https://ana:@@git.example/a.git"],
    ["an address with a token alone", key("hunter2hunter2"), "git clone https://@@git.example/a"],
    ["a signed address", key("hunter2"), "https://a.example/x?sig=@&v=1"],
    ["what is random", random, "the id is @ now"],
    ["what is long and hexadecimal", "0123456789abcdef".repeat(4), ""],
  ] as const)("%s", ([, secret, form]) => {
    const text = form === "" ? `before ${secret} after` : form.replace("@", secret);
    const masked = maskSecrets(text);
    expect(masked).not.toContain(secret);
    expect(masked).toContain("[secret]");
  });

  test("a whole private key, and the part of one at the start or end of a text", () => {
    const [begin, end] = [
      key("-----BEGIN RSA ", "PRIVATE KEY-----"),
      key("-----END RSA ", "PRIVATE KEY-----"),
    ];
    const body = "MIIEowIBAAKCAQ\nabc/def+ghi\n";
    expect(maskSecrets(`a ${begin}\n${body}${end} b`)).toBe("a [secret] b");
    expect(maskSecrets(`a ${begin}\n${body}`)).toBe("a [secret]");
    expect(maskSecrets(`${body}${end} b`)).toBe("[secret] b");
  });
});

test.for([
  "npm test -- test/core/secrets/secret-text.test.ts",
  "Fixed in 0123456789abcdef0123456789abcdef01234567, on feature/51-login.",
  "3c3f1a2e-9d4b-4f0e-8a52-6a1df3a0c9aa is the session.",
  "src/core/brief/git-lines.ts and https://docs.example/a/b?page=2",
  "createSitrepHandoffKeeperForMonitor is long",
  "docker run -p 8080:80 shop && mkdir -p a/b",
])("ordinary text stays: %s", (text) => {
  expect(maskSecrets(text)).toBe(text);
});

test("A32: a hostile text is masked quickly", () => {
  const began = performance.now();
  for (const text of [
    "token",
    "a-",
    "://a:",
    "eyJ.",
    "mysql ",
    "-----BEGIN PRIVATE KEY-----",
    "A1",
  ])
    maskSecrets(text.repeat(16_384 / text.length));
  expect(performance.now() - began).toBeLessThan(5000);
});

test("files of secrets are recognized by their names, and other files are not", () => {
  const secret = [
    ".env",
    ".env.local",
    "a/prod.env",
    ".envrc",
    "tls/server.pem",
    "a.key",
    "id_rsa",
    "x/id_ed25519.pub",
  ];
  const more = [
    "credentials",
    "aws/credentials.json",
    ".npmrc",
    ".netrc",
    ".ssh/config",
    ".aws/a",
    "secrets.yaml",
  ];
  expect([...secret, ...more].filter((path) => !isSecretFile(path))).toEqual([]);
  const plain = [
    "src/env.ts",
    "src/key.ts",
    "src/core/secrets/secret-names.ts",
    "src/ids.ts",
    "docs/keys.md",
    "monkey",
  ];
  expect(plain.filter(isSecretFile)).toEqual([]);
});
