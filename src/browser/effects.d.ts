// What the facade uses of effects.js; the rest is for the Rust beside it.

/** Asks for what the module will ask for, while that is still on its way. */
export function sendAhead(url: string): void;

/** Calls off what the module has not asked for. */
export function endAhead(): void;
