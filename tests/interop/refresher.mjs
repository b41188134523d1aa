// One process, or one thread, of a family that shares a refresh token through a store. It says on one line what its callers got.
import { parentPort, workerData } from 'node:worker_threads'
import { createClient } from '@scopewise/oauth-client'
import { createTokenManager } from '@scopewise/oauth-client/manager'
import { openShared } from './shared-store.mjs'

const { issuer, resource, place, key, callers, retryWindow, timeout } = workerData ?? JSON.parse(process.argv[2])
const client = createClient({ issuer, clientId: 'web', resource, timeout })
const { store, lock, close } = await openShared(place)
const manager = createTokenManager(client, { key, store, lock, retryWindow })
const results = await Promise.allSettled(Array.from({ length: callers }, () => manager.get()))
const said = results.map(({ value, reason }) => value?.accessToken ?? reason.code ?? String(reason))
await close()
if (parentPort) parentPort.postMessage(said)
else process.stdout.write(JSON.stringify(said))
