/** A request as JSON, for another process. What a person gave is in it as text: it goes through sockets and pipes alone. */
import { SecretValue } from "../domain/material.ts";
import type { PartName } from "../domain/material.ts";
import type { SecretName } from "../domain/version.ts";
import type { Given, RotationRequest, WorkRequest } from "./work.ts";

export type WorkMessage =
  | Exclude<WorkRequest, { readonly kind: "rotate" }>
  | { readonly kind: "rotate"; readonly rotation: RotationMessage };

export interface RotationMessage extends Omit<RotationRequest, "given"> {
  readonly given?: GivenMessage;
}

/** The parts as base64. */
export interface GivenMessage {
  readonly secret: SecretName;
  readonly material: Readonly<Record<PartName, string>>;
}

export function packRequest(request: WorkRequest): WorkMessage {
  if (request.kind !== "rotate") return request;
  const { given, ...rotation } = request.rotation;
  if (given === undefined) return { kind: "rotate", rotation };
  const material = mapParts(given.material, (part) => part.revealBytes((bytes) => bytes.toString("base64")));
  return { kind: "rotate", rotation: { ...rotation, given: { secret: given.secret, material } } };
}

export function unpackRequest(message: WorkMessage): WorkRequest {
  if (message.kind !== "rotate") return message;
  const { given, ...rotation } = message.rotation;
  return {
    kind: "rotate",
    rotation: given === undefined ? rotation : { ...rotation, given: unpackGiven(given) },
  };
}

function unpackGiven({ secret, material }: GivenMessage): Given {
  return {
    secret,
    material: mapParts(material, (text) => SecretValue.fromBytes(Buffer.from(text, "base64"))),
  };
}

function mapParts<A, B>(
  parts: Readonly<Record<PartName, A>>,
  map: (part: A) => B,
): Readonly<Record<PartName, B>> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, map(part)]));
}
