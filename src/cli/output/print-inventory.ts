/** The inventory, for people: when each certificate expires, and below it everywhere that has it. */
import { DAY_MS, type Instant } from "../../domain/time.ts";
import type { ListedCertificate } from "../list-certificates.ts";
import { fromNow } from "./span.ts";
import { paint, type Style, type Terminal } from "./terminal.ts";

const WHEN_WIDTH = 12;
const MOST_PLACES = 5;

interface Failure {
  readonly target: string;
  readonly error: { readonly message: string };
}

export function printInventory(
  terminal: Terminal,
  certificates: readonly ListedCertificate[],
  failures: readonly Failure[],
  now: Instant,
): void {
  for (const certificate of certificates) printCertificate(terminal, certificate, now);
  for (const { target, error } of failures)
    terminal.print(paint("FAILED".padEnd(WHEN_WIDTH), "red"), paint(target, "bold"), `  ${error.message}`);
  if (certificates.length + failures.length > 0) terminal.print();
  const expired = certificates.filter(({ daysLeft }) => daysLeft < 0).length;
  const count = `${certificates.length} certificate${certificates.length === 1 ? "" : "s"}`;
  terminal.print(`${count}, ${expired} expired; ${failures.length} targets could not be looked at.`);
}

function printCertificate(terminal: Terminal, certificate: ListedCertificate, now: Instant): void {
  const { names, subject, issuer, key, places, notAfter } = certificate;
  const [first = subject, ...others] = names;
  const at = Date.parse(notAfter);
  terminal.print(
    paint(fromNow(at, now).padEnd(WHEN_WIDTH), urgency(certificate, at, now)),
    paint(others.length === 0 ? first : `${first} +${others.length}`, "bold"),
    `  ${key}, by ${issuer}, until ${notAfter.slice(0, 10)}`,
  );
  for (const { target, secrets } of places.slice(0, MOST_PLACES)) {
    const secret = secrets.length === 0 ? "" : `  (secret ${secrets.join(", ")})`;
    terminal.print(" ".repeat(WHEN_WIDTH), paint(`${target}${secret}`, "dim"));
  }
  const more = places.length - MOST_PLACES;
  if (more > 0) terminal.print(" ".repeat(WHEN_WIDTH), paint(`and ${more} more`, "dim"));
}

/** Red when over, yellow in the last fifth of its life. */
function urgency({ notBefore }: ListedCertificate, at: Instant, now: Instant): Style {
  if (at <= now) return "red";
  const lifetime = Math.max(at - Date.parse(notBefore), DAY_MS);
  return (at - now) / lifetime < 0.2 ? "yellow" : "green";
}
