/** What the configuration names, as patients of `doctor`. */
import type { ConfiguredLeaf, LoadedConfig } from "../config/config.ts";
import type { Inspect } from "../domain/check.ts";
import type { Target } from "../domain/ports.ts";
import type { SecretName } from "../domain/version.ts";
import type { Patient } from "../run/examine.ts";
import { settle } from "../run/settle.ts";
import { connectionOf, type ConfiguredWiring } from "./wiring.ts";

export interface LeafPatients {
  readonly patients: readonly Patient[];
  /** Files that the targets deliver. */
  readonly files: readonly string[];
}

/** Connecting sends nothing, so all of it is done first: a docker connection wants to know every delivered file. */
export async function leafPatients(
  wiring: ConfiguredWiring,
  config: LoadedConfig,
  secrets: readonly SecretName[] | null,
): Promise<LeafPatients> {
  const leaves = new Map<string, Patient>();
  const files = new Set<string>();
  for (const secret of secrets ?? wiring.secrets) {
    for (const patient of await patientsOf(wiring, secret, files)) leaves.set(patient.subject, patient);
  }
  const used = new Set([...leaves.values()].map(({ connection }) => connection));
  const names = [...config.connections.keys()].filter((name) => secrets === null || used.has(name));
  const connections = names.map((name) => connectionPatient(wiring, name));
  return { patients: [...connections, ...leaves.values()], files: [...files] };
}

function connectionPatient(wiring: ConfiguredWiring, name: string): Patient {
  return {
    subject: `connection ${name}`,
    connection: name,
    leads: true,
    connect: async () => inspectOf(await wiring.connection(name)),
  };
}

async function patientsOf(
  wiring: ConfiguredWiring,
  secret: SecretName,
  files: Set<string>,
): Promise<readonly Patient[]> {
  const { issuer, targets, probes } = wiring.policy(secret);
  const issuing: Patient = {
    subject: `issuer of ${secret}`,
    connection: connectionOf(issuer),
    connect: async () => inspectOf(await wiring.issuer(secret)),
  };
  const connected = await settle(wiring.targets(secret));
  if (!connected.ok) return [issuing, unconnected(`targets of ${secret}`, connected.error)];
  for (const target of connected.value) for (const file of target.files ?? []) files.add(file);
  return [
    issuing,
    ...connected.value.flatMap((target, index) => targetPatients(wiring, target, targets[index])),
    ...(await wiring.probes(secret)).map((probe, index) => ready(`probe ${probe.id}`, probes[index], probe)),
  ];
}

/** A store, and how those behind it are told to read again. */
function targetPatients(
  wiring: ConfiguredWiring,
  target: Target,
  leaf: ConfiguredLeaf | undefined,
): readonly Patient[] {
  return [
    ready(`target ${target.store.id}`, leaf, target),
    ...wiring.reloads(target).map(([of, reload]) => ready(`reload ${reload.id}`, of, reload)),
  ];
}

interface Inspected {
  readonly inspect?: Inspect;
}

function ready(subject: string, leaf: ConfiguredLeaf | undefined, part: Inspected): Patient {
  const connection = leaf === undefined ? null : connectionOf(leaf);
  return { subject, connection, connect: () => Promise.resolve(inspectOf(part)) };
}

function unconnected(subject: string, error: Error): Patient {
  return { subject, connection: null, connect: () => Promise.reject(error) };
}

function inspectOf(part: Inspected): Inspect | null {
  const { inspect } = part;
  return inspect === undefined ? null : (around, signal) => inspect.call(part, around, signal);
}
