import { encodeBase64url, randomToken } from '@scopewise/token-core/encoding'
import type { Context } from '../context.js'
import { cookieName, readCookie, writeCookie } from '../http/cookies.js'
import type { Try } from '../limits/limits.js'
import type { Seconds } from '../time.js'

const KNOWN = 'scopewise-known'
const WAIT = 'scopewise-wait'
/** Accounts that one browser is known for at most. */
const MAX_ACCOUNTS = 5
const KNOWN_LIFETIME: Seconds = 180 * 86_400
/** Seconds between two tries of one browser at an account that is under attack. */
const SLOW: Seconds = 20
/** Seconds for which a wait that is over may be used. */
const WAIT_USABLE: Seconds = 600

/** A browser in which somebody signed in to this account before: its own failures count, nobody else's do. */
type KnownAccount = readonly [account: string, browser: string, until: Seconds]
/** A wait that was imposed on this browser. Good for one try, once it is over. */
type Wait = readonly [account: string, id: string, notBefore: Seconds]

/** The tries to sign in that one request makes. */
export interface LoginAttempts {
  /** Counts a try, and gives the seconds to wait before it may be made; undefined when it may be made now. */
  begin(account: string): Promise<Seconds | undefined>
  /** Takes the tries of this request back and remembers the browser. */
  succeed(): Promise<void>
  /** What the answer has to set. */
  readonly cookies: readonly string[]
}

/** Limits how often an account may be tried, so that who is tried can still sign in: at once where he did before, else after a short wait. */
export function createLoginAttempts(context: Context, request: Request): LoginAttempts {
  const { limits, store, now } = context
  const cookies: string[] = []
  const begun: { readonly account: string; readonly counted: Try }[] = []

  const findKnown = async (): Promise<readonly KnownAccount[]> => {
    const all = (await readSealed<readonly KnownAccount[]>(context, request, KNOWN)) ?? []
    return all.filter(([, , until]) => until > now())
  }

  /** An account under attack: every browser that is not known waits a little before each try, and nobody waits for another. */
  const waitFirst = async (account: string): Promise<Seconds | undefined> => {
    const at = now()
    const [whose, id, notBefore] = (await readSealed<Wait>(context, request, WAIT)) ?? ['', '', 0]
    if (whose === account && notBefore + WAIT_USABLE > at) {
      if (notBefore > at) return notBefore - at
      if ((await store.useOnce(`wait ${id}`, notBefore + WAIT_USABLE, at)) === 'first') return undefined
    }
    const wait: Wait = [account, randomToken(12), at + SLOW]
    cookies.push(await writeSealed(context, WAIT, wait, SLOW + WAIT_USABLE))
    return SLOW
  }

  return {
    cookies,
    async begin(name) {
      const account = await digestAccount(context, name)
      const known = (await findKnown()).find(([id]) => id === account)
      const counted = known
        ? await limits.beginKnown('password', `${account} ${known[1]}`)
        : await limits.begin('password', request, account)
      begun.push({ account, counted })
      return counted.wait ?? (counted.isSlow ? waitFirst(account) : undefined)
    },
    async succeed() {
      const account = begun.at(-1)?.account
      if (account === undefined) return
      for (const { counted } of begun) await counted.succeed()
      const others = (await findKnown()).filter(([id]) => id !== account)
      const known: KnownAccount = [account, randomToken(12), now() + KNOWN_LIFETIME]
      cookies.push(await writeSealed(context, KNOWN, [known, ...others].slice(0, MAX_ACCOUNTS), KNOWN_LIFETIME))
    },
  }
}

/** One account has one counter, however it is written. */
async function digestAccount({ secrets }: Context, name: string): Promise<string> {
  const written = new TextEncoder().encode(name.trim().normalize('NFKC').toLowerCase())
  return encodeBase64url(((await secrets.mac('limits', written)) ?? new Uint8Array()).subarray(0, 16))
}

async function readSealed<T>({ secrets, config }: Context, request: Request, name: string): Promise<T | undefined> {
  const sealed = readCookie(request.headers.get('cookie'), cookieName(name, config.secure))
  const plain = sealed === undefined ? undefined : await secrets.open('limits', sealed, `${config.issuer} ${name}`)
  // Authenticated encryption under the name of the cookie: only writeSealed can have written this.
  return plain === undefined ? undefined : (JSON.parse(plain) as T)
}

async function writeSealed(
  { secrets, config }: Context,
  name: string,
  value: unknown,
  maxAge: Seconds,
): Promise<string> {
  const sealed = await secrets.seal('limits', JSON.stringify(value), `${config.issuer} ${name}`)
  return writeCookie(cookieName(name, config.secure), sealed, { secure: config.secure, maxAge })
}
