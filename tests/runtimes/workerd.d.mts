/** The package that brings it. */
export const WORKERD: string

export function binaryIn(folder: string): string
export function freePort(): Promise<number>

interface Started {
  readonly origin: string
  /** Rejects when workerd ends by itself. */
  readonly ended: Promise<never>
  stop(): void
}

/** Serves `worker.mjs` of a folder, with these bindings in its `env`. */
export function startWorkerd(options: {
  readonly binary: string
  readonly folder: string
  readonly port: number
  readonly bindings?: Readonly<Record<string, unknown>>
}): Started
