import { expect, test } from "vitest";
import { parseRemoteName, readRemoteName } from "../../src/git/remote.ts";
import { repositoryAt } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

test.each([
  ["git@github.com:acme/shop-api.git", { owner: "acme", repo: "shop-api" }],
  ["https://github.com/acme/shop-api", { owner: "acme", repo: "shop-api" }],
  ["https://gitlab.example/group/sub/shop.git/", { owner: "sub", repo: "shop" }],
  ["ssh://git@host:22/acme/shop.api.git", { owner: "acme", repo: "shop.api" }],
  ["shop", null],
  ["https://github.com/acme/--upload-pack=x", null],
  ["", null],
])("the address %j has the name %j", (address, name) => {
  expect(parseRemoteName(address)).toEqual(name);
});

test("a repository has its remote's name, and none without a remote", () => {
  const repository = repositoryAt(temporaryFolder());
  repository.git("init", "-q");
  expect(readRemoteName(repository.folder)).toBeNull();
  repository.git("remote", "add", "upstream", "git@github.com:other/fork.git");
  repository.git("remote", "add", "origin", "git@github.com:acme/shop-api.git");
  expect(readRemoteName(repository.folder)).toEqual({ owner: "acme", repo: "shop-api" });
  expect(readRemoteName(temporaryFolder())).toBeNull();
});
