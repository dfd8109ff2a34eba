/** keyturn.yaml and a schedule for a world, with whatever a test wants to have different. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Section = Readonly<Record<string, unknown>>;

export interface ConfigParts {
  readonly state: Section;
  readonly audit?: Section;
  /** Further keys of keyturn.yaml. */
  readonly more?: Section;
  readonly connections: Readonly<Record<string, Section>>;
  readonly policy: Section;
  /** By name; each gets the policy. */
  readonly secrets: Readonly<Record<string, Section>>;
}

/** JSON is YAML: nothing in a path needs care. */
export function writeConfig(folder: string, parts: ConfigParts): string {
  const { state, audit, more, connections, policy, secrets } = parts;
  const file = join(folder, "keyturn.yaml");
  const main = {
    state,
    schedules: "./schedules",
    connections,
    ...(audit === undefined ? {} : { audit }),
    ...more,
  };
  const named = Object.entries(secrets).map(([name, secret]) => [name, { policy: "p", ...secret }]);
  mkdirSync(join(folder, "schedules"), { recursive: true });
  writeFileSync(file, JSON.stringify(main, null, 2));
  const schedule = { policies: { p: policy }, secrets: Object.fromEntries(named) as Section };
  writeFileSync(join(folder, "schedules", "secrets.yaml"), JSON.stringify(schedule, null, 2));
  return file;
}
