// Addresses that strangers name and people read: what is in them can be shown on a terminal, and pasted into a shell.

const longest = 2000;
const plain = /^https?:\/\/[A-Za-z0-9._~:/%@+,=[\]-]+$/;

/** True for an `http:` or `https:` address without any character that a terminal or a shell takes for more than text. */
export const isPlainAddress = (text: string): boolean => text.length <= longest && plain.test(text);
