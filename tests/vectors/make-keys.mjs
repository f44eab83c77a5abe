// Makes tests/vectors/keys.json anew: test keys, public by being here; nobody trusts what they sign. Not run by any
// test, since new keys change every vector. `weak` is shorter than RFC 7518 3.3 allows, `threes` has the exponent 3.
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";

const rsa = (modulusLength, publicExponent = 0x10001) =>
  generateKeyPairSync("rsa", { modulusLength, publicExponent }).privateKey.export({ format: "jwk" });

const keys = {
  comment: "Test keys, public by being here. They sign nothing that anyone trusts.",
  tenant: rsa(2048),
  next: rsa(2048),
  attacker: rsa(2048),
  large: rsa(4096),
  threes: rsa(2048, 3),
  weak: rsa(1024),
  almost: rsa(2047),
  curve: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }),
};
writeFileSync(new URL("keys.json", import.meta.url), `${JSON.stringify(keys, null, 2)}\n`);
