/** Names the files and the shape of a projection: one that an earlier keyturn wrote is not read. */
export function projectionKey(fingerprint: string): string {
  return `2 ${fingerprint}`;
}
