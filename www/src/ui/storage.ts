// What this page keeps in the browser, as JSON. Nothing secret: names, ids, choices; never a token.

/** `undefined` where there is nothing, or nothing that can be read. */
export function stored<T>(storage: Storage, key: string): T | undefined {
  try {
    return JSON.parse(storage.getItem(key) ?? "") as T;
  } catch {
    return undefined;
  }
}

/** `undefined` takes it away. */
export function store(storage: Storage, key: string, value: unknown): void {
  if (value === undefined) storage.removeItem(key);
  else storage.setItem(key, JSON.stringify(value));
}
