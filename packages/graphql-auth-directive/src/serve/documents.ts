/** Documents that were parsed: for the same text or id the same object, since analyses are remembered per document. */
import { type DocumentNode, parse } from 'graphql'

/** What {@link createDocuments} takes. */
export interface DocumentsOptions {
  /** Characters of all texts that are kept together; the text not used for longest goes. @default 1000000 */
  readonly characters?: number
}

/** Parses, and remembers. */
export interface Documents {
  /**
   * Parses a text, or answers what it was parsed to before. Fits the `parse` of graphql-http.
   * @throws {GraphQLError} for a text that is no document
   */
  parse(text: string): DocumentNode
  /**
   * The document of a persisted operation; `load` is only asked for its text when the id is not known. The id must
   * stand for one text for good: a hash of it does.
   */
  persisted(id: string, load: () => string): DocumentNode
}

interface Kept {
  readonly document: DocumentNode
  readonly size: number
}

/** Creates a bounded memory of documents. */
export function createDocuments({ characters = 1_000_000 }: DocumentsOptions = {}): Documents {
  const kept = new Map<string, Kept>()
  let total = 0
  const forget = (key: string): void => {
    total -= kept.get(key)?.size ?? 0
    kept.delete(key)
  }
  const find = (key: string, load: () => string): DocumentNode => {
    const known = kept.get(key)
    const text = known ? '' : load()
    const entry = known ?? { document: parse(text), size: text.length + key.length }
    forget(key)
    if (entry.size > characters) return entry.document
    kept.set(key, entry)
    total += entry.size
    for (const oldest of kept.keys()) {
      if (total <= characters) break
      forget(oldest)
    }
    return entry.document
  }
  return {
    parse: (text) => find(`text ${text}`, () => text),
    persisted: (id, load) => find(`id ${id}`, load),
  }
}
