/** Records that carry a grant's id and yet outlive it: without them a change of user breaks off. */
const SPARED = new Set(["Interaction", "Session", "Grant"]);

/**
 * Storage for oidc-provider. Its own memory adapter belongs to one Provider, and the tenant makes
 * a new Provider at each change of keys, which no session may notice.
 *
 * @param {Map<string, object>} records shared by all Providers of one host
 * @param {(clientId: string) => object | undefined} findClient
 */
export function createAdapter(records, findClient) {
  return (model) => {
    const key = (id) => `${model}:${id}`;
    const findBy = (field, value) => {
      for (const [name, payload] of records) {
        if (name.startsWith(`${model}:`) && payload[field] === value) return payload;
      }
      return undefined;
    };
    return {
      async upsert(id, payload) {
        records.set(key(id), payload);
      },
      async find(id) {
        return model === "Client" ? findClient(id) : records.get(key(id));
      },
      findByUid: async (uid) => findBy("uid", uid),
      findByUserCode: async (userCode) => findBy("userCode", userCode),
      async destroy(id) {
        records.delete(key(id));
      },
      async consume(id) {
        const payload = records.get(key(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async revokeByGrantId(grantId) {
        if (SPARED.has(model)) return;
        for (const [name, payload] of records) {
          if (name.startsWith(`${model}:`) && payload.grantId === grantId) records.delete(name);
        }
      },
    };
  };
}
