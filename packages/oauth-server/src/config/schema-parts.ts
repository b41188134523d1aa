import { isScopeValue } from '@scopewise/token-core/scope'
import * as z from 'zod'

export const func = z.custom<(...parameters: unknown[]) => unknown>(
  (value) => typeof value === 'function',
  'has to be a function',
)
const scopeValue = z.string().refine(isScopeValue, 'has to be a scope value of RFC 6749 §3.3')
export const scopeList = z.array(scopeValue)
export const seconds = (max: number, min = 1) =>
  z
    .int('has to be a whole number of seconds')
    .min(min, `has to be at least ${min} seconds`)
    .max(max, `has to be at most ${max} seconds`)

/** Seconds in ten years: longer is a slip of the pen. */
export const YEARS = 10 * 365 * 86_400
