import { TokenError } from '../errors.js'

type Awaitable<T> = T | Promise<T>

/**
 * Where one-time values are remembered: answers `first` to exactly one caller per key until `expiresAt`, however many
 * ask at once and from however many processes, and `replayed` to all others. The `useOnce` of an oauth-server store
 * fits. When it throws, what was to be used once is refused (503): it fails closed.
 * @param expiresAt epoch seconds; from then on the key may be forgotten
 * @param at now, epoch seconds
 */
export type UseOnce = (key: string, expiresAt: number, at: number) => Awaitable<'first' | 'replayed'>

/**
 * Asks the store whether this is the first use.
 * @throws {TokenError} `temporarily_unavailable` when the store can't say
 */
export async function isFirstUse(useOnce: UseOnce, ...question: Parameters<UseOnce>): Promise<boolean> {
  try {
    return (await useOnce(...question)) === 'first'
  } catch (cause) {
    throw new TokenError('temporarily_unavailable', { cause })
  }
}
