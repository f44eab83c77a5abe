/** Every rejection and throw of this package. */
export class CurrentUserError extends Error {
  /** What went wrong. */
  readonly code: string;
  /** @internal */
  constructor(fields: { code: string; message: string; cause?: unknown }) {
    super(fields.message, { cause: fields.cause });
    this.name = "CurrentUserError";
    this.code = fields.code;
  }
}
