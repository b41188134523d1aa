import type { SigningAlgorithm } from '../engine/algorithms.js'
import { publicJwkOf } from './jwk.js'
import { type RingDocument, readRing, writeRing } from './key-ring-document.js'
import { eventsBetween, type KeyRingEvent, type Sighting } from './key-ring-events.js'
import { appoint, planKeys, type RingKey, type WantedKey } from './key-ring-plan.js'
import type { KeyStore, KeyWrapping } from './key-ring-store.js'
import type { Timetable } from './key-ring-timetable.js'
import { type Moment, momentOf, openView, type RingView } from './key-ring-view.js'
import { generatePrivateJwk } from './signing-key.js'

/** The options of a ring after they were read once. */
export interface RingSettings {
  readonly algorithms: readonly SigningAlgorithm[]
  readonly store: KeyStore
  readonly wrapping: KeyWrapping | undefined
  readonly timetable: Timetable
  readonly report: (event: KeyRingEvent) => void
  readonly now: () => number
}

type Change = (keys: readonly RingKey[], now: number) => readonly RingKey[]

/** One process's side of a ring: what it knows, and how it agrees with the others through the store. */
export interface RingSync {
  /** What is known and may be relied on; undefined before the first contact, and when the last one is too long ago. */
  moment(now: number): Moment | undefined
  view(): RingView | undefined
  /** Why the last contact failed, if it did. */
  failure(): unknown
  /** Looks into the store in the background when that is due. Never throws. */
  poll(now: number): void
  /** Looks into the store and does what is due. One at a time for all who wait. Rejects with what the store rejected with. */
  sync(): Promise<void>
  /** Changes the ring in one step, whatever other processes do at the same time. */
  update(change: Change): Promise<void>
}

/** Processes that may write between our read and our write before we give up: each of them wrote something newer. */
const ATTEMPTS = 50
/** Seconds between two attempts to reach a store that failed. */
const RETRY = 1

export function createRingSync(settings: RingSettings): RingSync {
  const { timetable, now, report } = settings
  let view: RingView | undefined
  let memo: Moment | undefined
  let seen: Sighting | undefined
  let underway: Promise<void> | undefined
  let failed: { readonly at: number; readonly cause: unknown } | undefined

  function observe(after: Sighting): void {
    const events = eventsBetween(seen ?? after, after)
    seen = after
    for (const event of events) report(event)
  }

  async function adopt({ read, document, at }: Turn): Promise<void> {
    const opened = await openView(document, at, view)
    // Another update of this process may have been quicker.
    if (view && view.document.version > document.version) return
    seen ??= { keys: read.keys, at }
    view = opened
    memo = undefined
    observe({ keys: document.keys, at })
  }

  async function update(change: Change): Promise<void> {
    try {
      for (let count = 0; count < ATTEMPTS; count++) {
        const turn = await takeTurn(settings, view?.document, change)
        if (!turn) continue
        await adopt(turn)
        failed = undefined
        return
      }
      throw new Error('Other processes kept changing the keys of the ring.')
    } catch (cause) {
      failed = { at: now(), cause }
      report({ type: 'rotation_failed', cause, usableUntil: view && view.syncedAt + timetable.lead })
      throw cause
    }
  }

  function sync(): Promise<void> {
    underway ??= update((keys) => keys).finally(() => {
      underway = undefined
    })
    return underway
  }

  return {
    moment(at) {
      if (!view || at >= view.syncedAt + timetable.lead) return undefined
      if (!memo || at >= memo.until || at < memo.from) {
        memo = momentOf(view, at)
        observe({ keys: view.document.keys, at })
      }
      return memo
    },
    view: () => view,
    failure: () => failed?.cause,
    poll(at) {
      if (isDue(view, failed?.at, timetable, at)) sync().catch(() => undefined)
    },
    sync,
    update,
  }
}

function isDue(view: RingView | undefined, failedAt: number | undefined, { poll }: Timetable, now: number): boolean {
  if (failedAt !== undefined && now >= failedAt && now < failedAt + RETRY) return false
  // A clock that was set back says nothing about how old the view is.
  return !view || now >= view.syncedAt + poll || now < view.syncedAt
}

/** One read of the ring, and what it was changed to. */
interface Turn {
  readonly read: RingDocument
  readonly document: RingDocument
  readonly at: number
}

/** Reads, plans, makes what is wanted, and writes in one step; undefined when another process wrote in between. */
async function takeTurn(
  { store, wrapping, timetable, algorithms, now }: RingSettings,
  known: RingDocument | undefined,
  change: Change,
): Promise<Turn | undefined> {
  const read = await readRing(store, wrapping, known)
  // Appointments are whole seconds, so that a clock a moment behind does not find a new key in its future.
  const at = Math.floor(now())
  const plan = planKeys(change(read.keys, at), at, timetable, algorithms)
  const made = await Promise.all(plan.wanted.map((wanted) => makeKey(wanted, at, timetable)))
  const keys = [...plan.keys, ...made]
  if (JSON.stringify(keys) === JSON.stringify(read.keys)) return { read, document: read, at }
  const document = await writeRing(store, wrapping, { ...read, keys })
  return document && { read, document, at }
}

async function makeKey({ alg, activateAt }: WantedKey, now: number, timetable: Timetable): Promise<RingKey> {
  const privateJwk = await generatePrivateJwk(alg)
  const { kid } = privateJwk
  const publicJwk = publicJwkOf(privateJwk, { alg, kid })
  return appoint({ kid, alg, publicJwk, privateJwk, publishedAt: now }, activateAt, timetable)
}
