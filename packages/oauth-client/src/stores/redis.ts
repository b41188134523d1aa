/**
 * Tokens in Redis or Valkey, for all processes that share it.
 *
 * @module
 */
import type { Lock, TokenStore } from '../manager/store.js'
import { leaseLock } from './lease.js'

/** What asks the server: a client of the package redis, or for ioredis `{ sendCommand: ([name, ...rest]) => redis.call(name, ...rest) }`. */
export interface RedisConnection {
  sendCommand(command: string[]): Promise<unknown>
}

export interface RedisTokensOptions {
  /** What keys begin with. @default 'oauth:' */
  readonly prefix?: string | undefined
}

/** Of a hash {version, value}: puts another in its place if the version is still the expected one. "=" tells a version from none. */
const SWAP = `
local version = redis.call('HGET', KEYS[1], 'version')
if (version and '=' .. version or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) return 1 end
redis.call('HSET', KEYS[1], 'version', string.sub(ARGV[2], 2), 'value', ARGV[3])
if ARGV[4] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1`

/**
 * Keeps tokens in Redis. Each swap is one script, which Redis runs alone. Values are JSON with tokens in it, so who may read the keys may use the
 * tokens. A server that loses writes when it fails over, as replicas that lag do, loses rotated refresh tokens with them: such a grant ends in
 * `grant_lost`.
 *
 * @param options.lifetime seconds after its last change that a record is kept for. @default until it is cleared
 */
export function redisStore(
  redis: RedisConnection,
  { prefix = 'oauth:', lifetime }: RedisTokensOptions & { readonly lifetime?: number | undefined } = {},
): TokenStore {
  const nameOf = (key: string) => `${prefix}tokens:${key}`
  const expiry = lifetime === undefined ? '' : String(Math.ceil(lifetime * 1000))
  const tag = (version: string | undefined) => (version === undefined ? '' : `=${version}`)
  return {
    async read(key) {
      const answer = await redis.sendCommand(['HMGET', nameOf(key), 'version', 'value'])
      const [version, value]: unknown[] = Array.isArray(answer) ? answer : []
      return typeof version === 'string' && typeof value === 'string' ? { version, value } : undefined
    },
    async swap(key, expected, next) {
      const values = [tag(expected), tag(next?.version), next?.value ?? '', expiry]
      return Number(await redis.sendCommand(['EVAL', SWAP, '1', nameOf(key), ...values])) === 1
    },
  }
}

const RENEW = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`

/**
 * A lock for all processes that share a Redis, with `redisStore` or any other store.
 *
 * @param options.lifetime seconds after which the lock of a process that died is free. @default 15
 */
export function redisLock(
  redis: RedisConnection,
  { prefix = 'oauth:', lifetime = 15 }: RedisTokensOptions & { readonly lifetime?: number | undefined } = {},
): Lock {
  const nameOf = (key: string) => `${prefix}lock:${key}`
  const milliseconds = (seconds: number) => String(Math.ceil(seconds * 1000))
  return leaseLock(
    {
      take: async (key, holder, seconds) =>
        (await redis.sendCommand(['SET', nameOf(key), holder, 'NX', 'PX', milliseconds(seconds)])) !== null,
      renew: (key, holder, seconds) =>
        redis.sendCommand(['EVAL', RENEW, '1', nameOf(key), holder, milliseconds(seconds)]),
      release: (key, holder) => redis.sendCommand(['EVAL', RELEASE, '1', nameOf(key), holder]),
    },
    lifetime,
  )
}
