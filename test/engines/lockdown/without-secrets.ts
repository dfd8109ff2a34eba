/** A service's spec but for its references to secrets: they are what a lockdown changes for good. */
export function withoutSecrets(spec: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(JSON.stringify(spec, (key, value: unknown) => (key === "Secrets" ? undefined : value)));
}
