// The hosts that have a reader of pull requests, and the permissions that their tokens need.

import type { ExchangeCall } from "../adapters/rest-responses.ts";
import type { ServerAddress } from "../server-address.ts";
import { createPullRequests, type PullReader } from "./host-calls.ts";
import { readGiteaPull } from "./gitea.ts";
import { readGithubPull } from "./github.ts";
import { readGitlabPull } from "./gitlab.ts";

interface Host {
  readonly read: PullReader;
  readonly needs: string;
}

const hosts: Readonly<Record<string, Host>> = {
  github: {
    read: readGithubPull,
    needs:
      "it needs Pull requests, Checks and Commit statuses (read), or the scope repo, and access to the repository",
  },
  gitlab: { read: readGitlabPull, needs: "it needs the scope read_api and access to the project" },
  gitea: {
    read: readGiteaPull,
    needs: "it needs the scopes read:repository and read:user, and access to the repository",
  },
};

/** The reader for the preset of a `json` source; undefined if there is none. */
export function pullRequestsOf(
  { name, url, preset = "", mapping }: ServerAddress,
  headers: Readonly<Record<string, string>>,
  exchange: ExchangeCall,
) {
  const host = mapping === undefined && Object.hasOwn(hosts, preset) ? hosts[preset] : undefined;
  return host && createPullRequests({ name, url, exchange, headers, ...host });
}
