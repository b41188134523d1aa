import { deepFreeze } from '../claims/freeze.js'
import { openToken, type Profile } from '../claims/open.js'
import { type ClaimRules, COMMON_RULES, isText } from '../claims/rules.js'
import { checkOwnClaims } from '../claims/schema.js'
import { checkTolerance, refuseClaims } from '../claims/times.js'
import { digest } from '../encoding/digest.js'
import { TokenError } from '../errors.js'
import { currentTime, isNumericDate } from '../jwt/time.js'
import { isKeySource, type KeySource } from '../keys/key-source.js'
import { isFirstUse, type UseOnce } from '../replay/replay.js'
import type { OptionalClaim, TokenType } from './define.js'

/** What {@link createTokenVerifier} takes. */
export interface TokenVerifierOptions<R extends OptionalClaim, C> {
  readonly token: TokenType<R, C>
  /** Who verifies: it must be in the tokens' `aud`. */
  readonly audience: string
  /** The keys of each trusted issuer, by its exact `iss`. */
  readonly issuers: Readonly<Record<string, KeySource>>
  /** Makes each token good for one use: `memoryReplay()` in a single process, else a store that all processes share. */
  readonly replay?: UseOnce | undefined
  /** Seconds by which an issuer's clock may differ, 0 to 60. @default 5 */
  readonly clockTolerance?: number | undefined
  /** Asked after all else but `replay`, with all claims. What it throws is passed on. */
  readonly revoked?: ((claims: TokenClaims<R, NoInfer<C>>) => boolean | Promise<boolean>) | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

interface Registered {
  readonly sub: string
  /** Epoch seconds. */
  readonly nbf: number
}

/** The claims of a verified token: the registered ones and your own. Instants are epoch seconds. */
export type TokenClaims<R extends OptionalClaim, C> = Readonly<
  {
    iss: string
    aud: string | readonly string[]
    iat: number
    exp: number
    jti: string
  } & Pick<Registered, R> &
    Partial<Omit<Registered, R>> &
    C
>

/** A token that its verifier accepted. */
export interface VerifiedToken<R extends OptionalClaim, C> {
  readonly '~scopewise': 'token'
  readonly typ: string
  readonly claims: TokenClaims<R, C>
}

/** Verifies tokens of one kind. */
export interface TokenVerifier<R extends OptionalClaim, C> {
  /**
   * Verifies a token: type, issuer, signature, audience, times, claims, revocation; with `replay` it uses the token up,
   * as the last step.
   * @throws {TokenError} `revoked` also for a token that was used up
   */
  verify(jwt: string): Promise<VerifiedToken<R, C>>
}

/**
 * Creates the verifying side of a kind of token.
 * @throws {TypeError} for an empty audience, no issuer, something else than keys, or a tolerance above 60 seconds
 */
export function createTokenVerifier<R extends OptionalClaim, C>(
  options: TokenVerifierOptions<R, C>,
): TokenVerifier<R, C> {
  const { token, audience, replay, revoked, clockTolerance = 5, now = currentTime } = options
  checkOptions(options)
  // A Map, because the name looked up comes from a token.
  const issuers = new Map(Object.entries(options.issuers))
  const profile: Profile = { types: [token.typ], rules: rulesOf(token) }

  return Object.freeze({
    async verify(jwt: string) {
      const { claims } = await openToken(jwt, profile, ({ iss }) => issuers.get(String(iss)))
      // The profile's rules have looked at each of them.
      const registered = claims as unknown as TokenClaims<OptionalClaim, unknown>
      const refusal = refuseClaims(registered, { audience, now: now(), clockTolerance })
      if (refusal) throw new TokenError(refusal)
      const own = Object.fromEntries(Object.entries(claims).filter(([name]) => !Object.hasOwn(COMMON_RULES, name)))
      const checked = await checkOwnClaims(token, own)
      if ('paths' in checked) throw new TokenError('invalid_claims')
      const common = Object.fromEntries(Object.entries(claims).filter(([name]) => Object.hasOwn(COMMON_RULES, name)))
      // The registered claims win; together they are what the type says.
      const verified = deepFreeze({ ...checked.claims, ...common }) as unknown as TokenClaims<R, C>
      if (await revoked?.(verified)) throw new TokenError('revoked')
      if (replay) await useUp(registered, replay)
      return Object.freeze({ '~scopewise': 'token' as const, typ: token.typ, claims: verified })
    },
  })

  /** Kept apart by kind and issuer: a `jti` is unique for its issuer only. */
  async function useUp({ iss, jti, exp }: TokenClaims<never, unknown>, useOnce: UseOnce): Promise<void> {
    const key = `token:${await digest(JSON.stringify([token.typ, iss, jti]))}`
    if (!(await isFirstUse(useOnce, key, Math.ceil(exp + clockTolerance), now())))
      throw new TokenError('revoked', { message: 'The token was used before.' })
  }
}

function rulesOf<R extends OptionalClaim>({ required }: TokenType<R, unknown>): ClaimRules {
  const names: readonly string[] = required
  return {
    ...COMMON_RULES,
    jti: ['required', isText],
    ...(names.includes('sub') && { sub: ['required', isText] }),
    ...(names.includes('nbf') && { nbf: ['required', isNumericDate] }),
  }
}

function checkOptions<R extends OptionalClaim, C>(options: TokenVerifierOptions<R, C>): void {
  const { audience, issuers, clockTolerance = 5 } = options
  if (!audience) throw new TypeError('createTokenVerifier needs an audience: who verifies.')
  const sources = Object.entries(issuers)
  if (sources.length === 0 || sources.some(([issuer, keys]) => issuer === '' || !isKeySource(keys)))
    throw new TypeError('createTokenVerifier needs at least one issuer with its keys: see localKeys and remoteKeys.')
  checkTolerance(clockTolerance)
}
