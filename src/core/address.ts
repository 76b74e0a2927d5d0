const longest = 2000;
const plain = /^https?:\/\/[A-Za-z0-9._~:/%@+,=[\]-]+$/;

/** True for an `http:` or `https:` address without characters that are special to a terminal or a shell. */
export const isPlainAddress = (text: string): boolean => text.length <= longest && plain.test(text);

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const loopback = new RegExp(`^(?:localhost|127(?:\\.${octet}){3}|::1|\\[::1\\])$`);

/** True for `localhost` or an address that only this machine can reach, also as a URL spells it (`[::1]`). */
export const isLoopback = (host: string): boolean => loopback.test(host);

/** Ports that `fetch` never contacts (WHATWG Fetch, "bad port"). */
const badPorts = new Set(
  (
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 " +
    "135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 " +
    "995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080"
  ).split(" "),
);

export const isBadPort = ({ protocol, port }: Pick<URL, "protocol" | "port">): boolean =>
  /^https?:$/.test(protocol) && badPorts.has(port);

/** The host that people know a service by: the API of `github.com` is at `api.github.com`. */
export const hostText = (url: string): string => new URL(url).hostname.replace(/^api\./, "");
