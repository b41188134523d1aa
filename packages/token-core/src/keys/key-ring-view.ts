import type { RingDocument } from './key-ring-document.js'
import { nextChangeAt, phaseOf, type RingKey } from './key-ring-plan.js'
import type { JwkSet, KeySet } from './key-set.js'
import { importKeySet, keySetOf } from './key-set.js'
import { importSigningKey, type SigningKey } from './signing-key.js'

/** The ring between two changes: it holds from `from` until `until`. */
export interface Moment {
  readonly from: number
  readonly until: number
  /** The key that signs, by its algorithm. */
  readonly current: ReadonlyMap<string, SigningKey>
  readonly published: JwkSet
  readonly set: KeySet
}

/** The ring as this process knows it, its keys imported. */
export interface RingView {
  readonly document: RingDocument
  /** When the store last said that it is so. */
  readonly syncedAt: number
  readonly signers: ReadonlyMap<string, SigningKey>
  /** Of all keys, the next and the retired ones too. */
  readonly imported: KeySet
}

/** Imports what `previous` does not hold yet. */
export async function openView(
  document: RingDocument,
  syncedAt: number,
  previous: RingView | undefined,
): Promise<RingView> {
  if (previous?.document === document) return { ...previous, syncedAt }
  const { keys } = document
  const signers = await Promise.all(
    keys.map(async ({ kid, privateJwk }) => privateJwk && (previous?.signers.get(kid) ?? importSigningKey(privateJwk))),
  )
  return {
    document,
    syncedAt,
    signers: new Map(signers.flatMap((key) => (key ? [[key.kid, key]] : []))),
    imported: await importKeySet(
      keys.map(({ publicJwk }) => publicJwk),
      previous?.imported,
    ),
  }
}

/** What the clock makes of the keys: nothing is awaited, so a key begins and ends to the second. Pure. */
export function momentOf({ document: { keys }, signers, imported }: RingView, now: number): Moment {
  const alive = keys.filter((key) => phaseOf(key, now) !== 'removed')
  const current = alive.flatMap(({ alg, kid, ...key }) => {
    const signer = phaseOf({ alg, kid, ...key }, now) === 'current' ? signers.get(kid) : undefined
    return signer ? [[alg, signer] as const] : []
  })
  return {
    from: now,
    until: nextChangeAt(keys, now),
    current: new Map(current),
    published: Object.freeze({ keys: Object.freeze(alive.map(({ publicJwk }) => publicJwk)) }),
    set: keySetOf(alive.map(textOf).map((text) => [text, imported.byText.get(text) ?? []])),
  }
}

const textOf = ({ publicJwk }: RingKey) => JSON.stringify(publicJwk)
