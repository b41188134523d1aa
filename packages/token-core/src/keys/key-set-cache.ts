import { fetchKeySet } from './fetch-key-set.js'
import { failed, initialState, nextStep, type RemoteState, succeeded } from './freshness.js'
import { importKeySet } from './key-set.js'
import type { RemoteSettings } from './remote-options.js'

/** The set of one URL, and the one fetch that may be underway. */
export interface KeySetCache {
  state(): RemoteState
  /** The fetch that is underway. */
  underway(): Promise<void> | undefined
  /** Single flight: all who need keys now wait for one fetch. Never rejects: the state says how it went. */
  fetch(): Promise<void>
  /** Brings the set to what the moment asks for; waits only when there is nothing to serve. */
  prepare(): Promise<void>
}

export function createKeySetCache(url: string, settings: RemoteSettings): KeySetCache {
  const { snapshot, policy, report, now, random } = settings
  let state = initialState
  let underway: Promise<void> | undefined
  let restored: Promise<void> | undefined

  async function fetchOnce(): Promise<void> {
    try {
      const { fetch, timeout, maxSize } = settings
      const answer = await fetchKeySet(url, { fetch: fetch(), timeout, maxSize, etag: state.etag })
      const set = answer.keys ? await importKeySet(answer.keys, state.set) : state.set
      // No issuer signs without a key: an empty set is a fault of the endpoint, not news.
      if (!set || set.byText.size === 0) throw new Error('The key set holds no key that can verify a token.')
      state = succeeded({ ...answer, set }, policy, now(), random())
      report({ type: 'refreshed', keys: set.byText.size, freshUntil: state.freshUntil })
      void save(state)
    } catch (cause) {
      state = failed(state, cause, policy, now(), random())
      const usableUntil = state.set && state.freshUntil + policy.staleIfError
      report({ type: 'refresh_failed', cause, failures: state.failures, retryAt: state.retryAt, usableUntil })
    }
    underway = undefined
  }

  async function save(saved: RemoteState): Promise<void> {
    try {
      await snapshot?.save(url, saved)
    } catch (cause) {
      report({ type: 'snapshot_failed', cause })
    }
  }

  async function restore(): Promise<void> {
    try {
      state = (await snapshot?.restore(url, now())) ?? state
    } catch (cause) {
      report({ type: 'snapshot_failed', cause })
    }
  }

  function fetchShared(): Promise<void> {
    underway ??= fetchOnce()
    return underway
  }

  return {
    state: () => state,
    underway: () => underway,
    fetch: fetchShared,
    async prepare() {
      if (snapshot) {
        restored ??= restore()
        await restored
      }
      const step = nextStep(state, policy, now())
      if (step === 'wait') await fetchShared()
      if (step === 'refresh') void fetchShared()
    },
  }
}
