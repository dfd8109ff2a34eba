/** Names by themselves: hosts, addresses, mailboxes, URIs, public suffixes, and how text is folded. */
import { describe, expect, it } from "vitest";
import { foldText } from "../../../src/certificates/certificate/fold-text.ts";
import { isDnsName, matchesHost } from "../../../src/certificates/names/dns-name.ts";
import { ipOctets, ipText, isReservedAddress } from "../../../src/certificates/names/ip-address.ts";
import { parseMailbox } from "../../../src/certificates/names/mailbox.ts";
import { isPublicName, isPublicSuffix } from "../../../src/certificates/names/public-suffix.ts";
import { isAbsoluteUri, uriHost } from "../../../src/certificates/names/uri-host.ts";

describe("a host name", () => {
  it.each(["localhost", "example.com", "xn--628h.example.com", "a-b.1c.d2", `${"a".repeat(63)}.com`])(
    "%s",
    (text) => {
      expect(isDnsName(text)).toBe(true);
    },
  );

  it.each([
    "",
    ".",
    "example.com.",
    ".example.com",
    "a..b",
    "-a.com",
    "a-.com",
    "a_b.com",
    "a b.com",
    "*.example.com",
    "ü.com",
    "127.0.0.1",
    "0x7f.1",
    "a.0x1",
    `${"a".repeat(64)}.com`,
    `${"a.".repeat(127)}com`,
    "http://a.com",
  ])("is not %j", (text) => {
    expect(isDnsName(text)).toBe(false);
  });

  it.each([
    ["example.com", "EXAMPLE.com", true],
    ["*.example.com", "a.example.com", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", "a.b.example.com", false],
    ["*.example.com", ".example.com", false],
    ["a*.example.com", "ab.example.com", false],
    ["a.*.com", "a.b.com", false],
    ["*", "localhost", false],
    ["example.com", "example.com.", false],
  ])("%s for %s: %s", (presented, host, matches) => {
    expect(matchesHost(presented, host)).toBe(matches);
  });
});

describe("an address", () => {
  it.each([
    ["1.2.3.4", "1.2.3.4"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["::", "::"],
    ["2001:DB8::0:1", "2001:db8::1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
    ["::ffff:1.2.3.4", "::ffff:102:304"],
    ["fe80::", "fe80::"],
  ])("%s is written %s", (text, canonical) => {
    expect(ipText(ipOctets(text) ?? Buffer.alloc(0))).toBe(canonical);
  });

  it.each(["", "1.2.3", "1.2.3.04", "::1%lo", "1::2::3", "example.com", "0x7f000001"])(
    "is not %j",
    (text) => {
      expect(ipOctets(text)).toBeUndefined();
    },
  );

  it.each([
    ["127.0.0.1", true],
    ["192.0.2.1", true],
    ["fd00::1", true],
    ["2001:db8::1", true],
    ["1.1.1.1", false],
    ["2606:4700::1111", false],
  ])("%s is reserved: %s", (text, reserved) => {
    expect(isReservedAddress(ipOctets(text) ?? Buffer.alloc(0))).toBe(reserved);
  });
});

describe("a mailbox", () => {
  it("has its host in lower case and its local part as it is", () => {
    expect(parseMailbox("Me.Too+x@Example.COM")).toEqual({ local: "Me.Too+x", host: "example.com" });
    expect(parseMailbox('"a@b"@example.com')?.local).toBe('"a@b"');
  });

  it.each([
    "",
    "a",
    "@a.com",
    "a@",
    "a@b@c.com",
    "a..b@c.com",
    "a b@c.com",
    "<a@c.com>",
    "a@*.com",
    "ä@c.com",
  ])("is not %j", (text) => {
    expect(parseMailbox(text)).toBeUndefined();
  });
});

describe("a URI", () => {
  it.each([
    ["https://example.com", "example.com"],
    ["https://u:p@EXAMPLE.com:1/x?y#z", "example.com"],
    ["spiffe://trust.domain/workload", "trust.domain"],
    ["https://[::1]/", undefined],
    ["https://127.0.0.1/", undefined],
    ["urn:example:com", undefined],
    ["https:///path", undefined],
  ])("%s has the host %s", (uri, host) => {
    expect([isAbsoluteUri(uri), uriHost(uri)]).toEqual([true, host]);
  });

  it.each(["", "example.com", "//example.com/", "https:", "https://a b/", "1http://a"])(
    "is not %j",
    (text) => {
      expect(isAbsoluteUri(text)).toBe(false);
    },
  );
});

it.each([
  ["com", true, true],
  ["co.uk", true, true],
  ["example.co.uk", false, true],
  ["github.io", false, true],
  ["localhost", true, false],
  ["db.internal", false, false],
  ["a.test.localhost", false, false],
])("%s: a public suffix %s, in the public DNS %s", (name, suffix, isPublic) => {
  expect([isPublicSuffix(name), isPublicName(name)]).toEqual([suffix, isPublic]);
});

it.each([
  ["Some  Name ", "some name"],
  ["ＦＵＬＬ", "full"],
  ["soft\u00adhyphen", "softhyphen"],
  ["tab\tand\u00a0space", "tab and space"],
  ["\u0001\u0002", ""],
  ["STRASSE", "strasse"],
])("%j folds to %j", (text, folded) => {
  expect(foldText(text)).toBe(folded);
});
