import { IncomingMessage } from "node:http";

export const BODY_LIMIT = 1024 * 1024;

/** Reads a request's body; `undefined` where it is larger than the tenant takes. */
export async function readBody(req) {
  const chunks = [];
  let length = 0;
  for await (const chunk of req) {
    length += chunk.length;
    if (length <= BODY_LIMIT) chunks.push(chunk);
  }
  return length <= BODY_LIMIT ? Buffer.concat(chunks) : undefined;
}

/**
 * A request whose body has been read, to be read again: the log needs the body, and so do the
 * servers behind it. Path, body and headers may be changed on the way.
 */
export function replay(req, { path = req.url, headers = {}, body }) {
  const again = new IncomingMessage(req.socket);
  const length = body.length > 0 ? { "content-length": String(body.length) } : {};
  again.method = req.method;
  again.url = path;
  again.httpVersion = req.httpVersion;
  // Node takes an incomplete message for an aborted one and closes the connection.
  again.complete = true;
  again.headers = { ...req.headers, ...length, ...headers };
  delete again.headers["transfer-encoding"];
  if (body.length > 0) again.push(body);
  again.push(null);
  return again;
}

/** Writes the answer of a fetch-style handler. */
export async function writeResponse(res, response) {
  res.writeHead(response.status, Object.fromEntries(response.headers));
  res.end(Buffer.from(await response.arrayBuffer()));
}
