/** What the person who starts the example can mend: one sentence, printed without a stack. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}
