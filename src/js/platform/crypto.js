// The ports `Random` and `Crypto`, on WebCrypto. `Random` needs nothing here: getrandom calls the platform itself.

/** Whether the page has WebCrypto, which browsers give to secure contexts alone. */
export const hasWebCrypto = () => !!globalThis.crypto?.subtle;

/**
 * Copies what {@link sha256} resolves with.
 *
 * @param {ArrayBuffer} from
 * @param {Uint8Array<ArrayBuffer>} to
 */
export const copyBytes = (from, to) => to.set(new Uint8Array(from));

/**
 * SHA-256. Rejects where the page has no WebCrypto.
 *
 * @param {BufferSource} bytes
 */
export const sha256 = async (bytes) => crypto.subtle.digest("SHA-256", bytes);

/**
 * The key that was used last, as the platform has imported it.
 *
 * @type {{ n: string, e: string, key: CryptoKey } | undefined}
 */
let imported;

/**
 * Verifies an RSASSA-PKCS1-v1_5 signature with SHA-256 (RFC 7518 3.3, RFC 8017 8.2.2). `undefined` where the platform cannot
 * read the key. Rejects where the page has no WebCrypto.
 *
 * @param {string} n
 * @param {string} e
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {Uint8Array<ArrayBuffer>} input
 */
export async function verifyRs256(n, e, signature, input) {
  const { subtle } = crypto;
  if (!subtle) throw new TypeError("no WebCrypto");
  const name = "RSASSA-PKCS1-v1_5";
  try {
    let key = imported?.n === n && imported.e === e && imported.key;
    if (!key) {
      // Copies, since the module's memory may move during the import.
      [signature, input] = [signature.slice(), input.slice()];
      // The members that a public key needs. Whatever else the tenant put there is left out.
      const jwk = { __proto__: null, kty: "RSA", n, e };
      const algorithm = { __proto__: null, name, hash: "SHA-256" };
      key = await subtle.importKey("jwk", jwk, algorithm, false, ["verify"]);
      imported = { n, e, key };
    }
    return await subtle.verify(name, key, signature, input);
  } catch {}
}
