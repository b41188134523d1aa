import { createApp } from './app.js'
import { readFiles } from './http/files.js'
import type { Fetch } from './http/hosts.js'
import { listen } from './http/listen.js'
import type { Settings } from './settings/environment.js'
import { type Origins, resolveOrigins } from './settings/origins.js'

/** The example, listening. */
export interface Running {
  readonly origins: Origins
  readonly port: number
  readonly tokenEndpoint: string
  /** Answers what is in flight, ends subscriptions, frees the port and closes the databases; at most about 5 seconds. */
  close(): Promise<void>
}

/**
 * Starts the example. The port is bound first: the origins depend on it, and a taken one is told before anything is written.
 * @throws {SetupError} when something has to be mended first
 */
export async function start(options: {
  settings: Settings
  /** Where the built page lies. */
  publicDir: string
  /** Epoch seconds. @default the system's clock */
  now?: () => number
}): Promise<Running> {
  const { settings, publicDir, ...clock } = options
  const files = await readFiles(publicDir)
  let open: (fetch: Fetch) => void = () => undefined
  const ready = new Promise<Fetch>((resolve) => {
    open = resolve
  })
  const listener = await listen({
    port: settings.port,
    host: settings.host,
    fetch: async (request) => (await ready)(request),
  })
  try {
    const origins = resolveOrigins(settings, listener.port)
    const app = await createApp({ settings, origins, files, ...clock })
    open(app.fetch)
    return {
      origins,
      port: listener.port,
      tokenEndpoint: app.tokenEndpoint,
      async close() {
        app.endStreams()
        await listener.close()
        await app.close()
      },
    }
  } catch (error) {
    open(async () => new Response(null, { status: 503 }))
    await listener.close()
    throw error
  }
}
