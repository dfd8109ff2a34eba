/** Node's own trust store: real roots, some of them old and odd. */
import { rootCertificates } from "node:tls";
import { expect, it } from "vitest";
import { buildPath, parseCertificate, readPem, RFC5280, WEB_PKI } from "../../../src/certificates/index.ts";
import { DAY_MS } from "../../../src/domain/time.ts";

const roots = rootCertificates.flatMap((pem) => readPem(pem, "CERTIFICATE")).map(parseCertificate);

/** Subjects of the roots that are not taken as anchors. A root is asked about as a leaf, which RFC 5280 allows. */
function refusedRoots(anchorsAsTheyAre: boolean): readonly string[] {
  return roots
    .map((root) => {
      const question = { leaf: root, pool: [], anchors: [root], profile: RFC5280, anchorsAsTheyAre };
      return { root, answer: buildPath({ ...question, at: root.notBefore.at + DAY_MS }) };
    })
    .filter(({ answer }) => !answer.ok && answer.failures.some(({ position }) => position === 1))
    .map(({ root }) => root.subject.key);
}

it("is read without exception", () => {
  expect(roots.length).toBeGreaterThan(100);
});

it("has only anchors that may issue, and some that are not made as RFC 5280 wants", () => {
  expect(refusedRoots(true)).toEqual([]);
  expect(refusedRoots(false).length).toBeLessThan(roots.length / 10);
});

it("has anchors for the Web PKI", () => {
  const refused = roots.filter((root) => {
    const question = { leaf: root, pool: [], anchors: [root], profile: WEB_PKI, anchorsAsTheyAre: true };
    const answer = buildPath({ ...question, at: root.notBefore.at + DAY_MS });
    return !answer.ok && answer.failures.some(({ position }) => position === 1);
  });
  expect(refused).toEqual([]);
});
