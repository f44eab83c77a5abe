// Steps of tests about time, connections and retries.
import { apiRequests } from "../harness/index.mjs";

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The body of a rate limit. */
export const TOO_MANY = {
  statusCode: 429,
  error: "Too Many Requests",
  message: "x",
  errorCode: "too_many_requests",
};

/** Every operation that writes. None may be sent twice. */
export const WRITES = [
  ["patchUserMetadata", [{ theme: "light" }]],
  ["clearUserMetadata"],
  ["unlinkIdentity", ["github", "1815"]],
  ["deleteMultifactor", ["duo"]],
  [
    "createDeviceCredential",
    [{ device_name: "Laptop", type: "public_key", value: "cHVi", device_id: "1" }],
  ],
  ["deleteDeviceCredential", ["dcr_0000000000000001"]],
];

export function networkSteps(harness) {
  const { tenant } = harness;
  /** The outcome of a call, `{ value }` or `{ error }`, and its duration in `ms`. */
  const call = (name, args = []) =>
    harness.run(
      async ({ outcome }, method, given) => {
        const began = performance.now();
        const result = await outcome(() => client[method](...given));
        return { ...result, ms: performance.now() - began };
      },
      name,
      args,
    );
  /** The number of requests to the Management API. */
  const count = () => apiRequests(tenant).length;

  return { call, count };
}
