import { readFile } from 'node:fs/promises'
import type * as z from 'zod'
import { SetupError } from '../errors.js'
import { codeOf } from './data-dir.js'

/**
 * Reads a JSON file that a variable names and parses it. What the file holds is never part of a message.
 * @throws {SetupError} when it can't be read, is no JSON, or does not fit
 */
export async function readJsonFile<T>(variable: string, file: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SetupError(`${variable} ${file} can't be read (${codeOf(cause)}).`, { cause })
  })
  const result = schema.safeParse(parse(text, () => new SetupError(`${variable} ${file} is not valid JSON.`)))
  if (result.success) return result.data
  const complaints = result.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'the list'} ${message}`,
  )
  throw new SetupError(`${variable} ${file}: ${complaints.join('; ')}.`)
}

function parse(text: string, refusal: () => SetupError): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusal()
  }
}
