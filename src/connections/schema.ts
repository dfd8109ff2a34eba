/** Schema pieces that every leaf's configuration is made of. */
import { z } from "zod";
import { templateParts } from "../domain/template.ts";
import { parseDuration } from "../domain/time.ts";

/** `90d`, `24h`, `30m`, `10s`, `250ms`; becomes milliseconds. */
export const durationSchema = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms > 0) return ms;
  context.addIssue({
    code: "custom",
    message: 'must be a duration such as "90d", "24h", "30m" or "10s", and more than zero',
  });
  return z.NEVER;
});

/**
 * A path as it is written: `${VAR}` and `${VAR:-default}` stay in it until it is first needed (`expandPath`), so that a
 * configuration can be checked on a machine that does not have the variables.
 */
export const pathSchema = z
  .string()
  .min(1, "must not be empty")
  .refine((path) => !path.includes("\0"), "must not hold a NUL character");

/** A file that holds a secret value. Never the value itself, which is why inline text with line breaks is refused. */
export const secretFileSchema = pathSchema.refine(
  (path) => !/[\r\n]/.test(path),
  "must be the path of a file that holds the value, not the value itself",
);

/** The name of a configured connection. */
export const connectionNameSchema = z.string().min(1, "must name one of `connections`");

/** An Entra id: application, object, key or tenant. Written with 8-4-4-4-12 hexadecimal digits. */
export const guidSchema = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
    "must be an id such as 33333333-3333-3333-3333-333333333333",
  )
  .transform((id) => id.toLowerCase());

/** The origin of an https service, without path, query or credentials. */
export const httpsOriginSchema = z
  .string()
  .refine(isHttpsOrigin, "must be an https address without a path, such as https://graph.microsoft.com")
  .transform((text) => new URL(text).origin);

function isHttpsOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    url.protocol === "https:" &&
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "" &&
    url.username === "" &&
    url.password === ""
  );
}

export { expandPath } from "../domain/expand-path.ts";

/** What is delivered: a template over the version's parts. */
export const templateSchema = z
  .string()
  .refine(
    (template) => templateParts(template) !== null,
    "has a brace that stands alone; write {{ or }} for a brace",
  );
