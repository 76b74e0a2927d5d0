// What can be said of an address by its text alone: whether it can be shown, and whether it is of this machine.

const longest = 2000;
const plain = /^https?:\/\/[A-Za-z0-9._~:/%@+,=[\]-]+$/;

/** True for an `http:` or `https:` address without any character that a terminal or a shell takes for more than text. */
export const isPlainAddress = (text: string): boolean => text.length <= longest && plain.test(text);

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const loopback = new RegExp(`^(?:localhost|127(?:\\.${octet}){3}|::1|\\[::1\\])$`);

/** True for `localhost` or an address that only this machine can reach, also as a URL spells it (`[::1]`). */
export const isLoopback = (host: string): boolean => loopback.test(host);
