// The protocol of an address that somebody wrote.

/** Such as `https:`; null for what is no address. */
export function protocolOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).protocol : null;
}
