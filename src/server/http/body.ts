/** Null for more than `largestBytes`. The rest stays unread: ending the stream cuts the connection. */
export async function readBody(
  stream: AsyncIterable<Uint8Array>,
  declaredBytes: string | undefined,
  largestBytes: number,
): Promise<string | null> {
  if (Number(declaredBytes ?? 0) > largestBytes) return null;
  const parts: Uint8Array[] = [];
  const from = stream[Symbol.asyncIterator]();
  // oxlint-disable no-await-in-loop -- a stream comes one part after the other
  for (let size = 0, one = await from.next(); one.done !== true; one = await from.next()) {
    size += one.value.length;
    if (size > largestBytes) return null;
    parts.push(one.value);
  }
  // oxlint-enable no-await-in-loop
  return new TextDecoder().decode(Buffer.concat(parts));
}
