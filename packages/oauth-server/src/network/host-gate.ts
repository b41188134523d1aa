import type { Seconds } from '../time.js'

/** Seconds for which a host that failed is left alone. */
export const COOLDOWN: Seconds = 60
/** How often a host that answers well is asked at most within a minute. */
const PER_MINUTE = 30
/** Requests that wait for the one before them, at most. */
const MAX_WAITING = 20
/** Hosts that are remembered at most; the longest unused is forgotten first. */
const MAX_HOSTS = 1000

interface Host {
  last: Promise<unknown>
  waiting: number
  closedUntil: Seconds
  minute: number
  asked: number
}

/** Runs what asks a host, one after the other; undefined when the host is to be left alone. */
export type HostGate = <T>(host: string, ask: () => Promise<T>) => Promise<{ readonly answer: T } | undefined>

/** Keeps a stranger from pointing this server at a third host: a host that once failed is asked again only after a while. */
export function createHostGate(now: () => Seconds): HostGate {
  const hosts = new Map<string, Host>()
  return async (name, ask) => {
    const host = hosts.get(name) ?? { last: Promise.resolve(), waiting: 0, closedUntil: 0, minute: 0, asked: 0 }
    hosts.delete(name)
    hosts.set(name, host)
    forgetOldest(hosts)
    if (host.waiting >= MAX_WAITING) return undefined
    host.waiting++
    const turn = host.last.then(async () => {
      host.waiting--
      return admit(host, now()) ? { answer: await closeOnFailure(host, now, ask) } : undefined
    })
    host.last = turn.catch(() => undefined)
    return turn
  }
}

function admit(host: Host, at: Seconds): boolean {
  const minute = Math.floor(at / 60)
  if (minute !== host.minute) {
    host.minute = minute
    host.asked = 0
  }
  if (host.closedUntil > at || host.asked >= PER_MINUTE) return false
  host.asked++
  return true
}

async function closeOnFailure<T>(host: Host, now: () => Seconds, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    host.closedUntil = now() + COOLDOWN
    throw error
  }
}

function forgetOldest(hosts: Map<string, Host>): void {
  for (const [name, { waiting }] of hosts) {
    if (hosts.size <= MAX_HOSTS) return
    if (waiting === 0) hosts.delete(name)
  }
}
