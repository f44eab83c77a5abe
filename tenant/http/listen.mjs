import { createServer } from "node:http";
import { once } from "node:events";

const LOOPBACK = ["127.0.0.1", "::1"];
const ATTEMPTS = 20;

/**
 * Listens on loopback, and nowhere else: on both address families where the name is `localhost` or
 * below it, since browsers try either, on the same port.
 *
 * @param {{ host: string, port: number, handler: Function }} options port 0 takes any free one
 * @returns {Promise<{ port: number, close: () => Promise<void> }>}
 */
export async function listenOnLoopback({ host, port, handler }) {
  const addresses = LOOPBACK.includes(host) ? [host] : LOOPBACK;
  if (!LOOPBACK.includes(host) && !/(^|\.)localhost$/.test(host)) {
    throw new RangeError(`\`${host}\` is no loopback host`);
  }
  for (let attempt = 1; ; attempt += 1) {
    const servers = [];
    try {
      let chosen = port;
      for (const address of addresses) {
        const server = await listen(address, chosen, handler);
        if (!server) continue;
        servers.push(server);
        chosen = server.address().port;
      }
      return {
        port: chosen,
        close: () => closeAll(servers),
        hangUp: () => servers.forEach((server) => server.closeIdleConnections()),
      };
    } catch (error) {
      await closeAll(servers);
      // A free port of one family may be taken in the other: then another one.
      if (port !== 0 || error.code !== "EADDRINUSE" || attempt === ATTEMPTS) throw error;
    }
  }
}

/** `undefined` where the machine has no such address (no IPv6, as in many containers). */
async function listen(address, port, handler) {
  const server = createServer(handler);
  server.listen(port, address);
  try {
    await once(server, "listening");
  } catch (error) {
    if (["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(error.code)) return undefined;
    throw error;
  }
  return server;
}

async function closeAll(servers) {
  await Promise.all(
    servers.map((server) => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      return closed;
    }),
  );
}
