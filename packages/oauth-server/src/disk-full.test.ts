import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sqliteDialect } from './storage/sql/dialect.js'
import { sqlStore } from './storage/sql/sql-store.js'
import { sqliteStorePort } from './storage/sql/sqlite.js'
import { codeFor, createHarness, eventNames, redeem, refresh, signIn } from './testing/harness.js'

const folder = mkdtempSync(join(tmpdir(), 'scopewise-full-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a server whose disk is full', () => {
  it('OP-09 answers 503 with Retry-After, issues nothing, and goes on by itself when there is room again', async () => {
    const port = sqliteStorePort(join(folder, 'auth.db'))
    const harness = await createHarness({ store: sqlStore(port, sqliteDialect) })
    const { refresh_token: token } = await signIn(harness)
    const code = await codeFor(harness)
    /** Leaves so many pages; SQLite says the same then as on a disk without room. */
    const limit = (pages: number) => port.query(`PRAGMA max_page_count = ${pages}`)
    const rows = async () => Number((await port.query('SELECT COUNT(*) AS count FROM refresh_tokens'))[0]?.['count'])

    const before = await rows()
    await limit(1)
    let [current, acknowledged] = [token, 0]
    // Until nothing fits on the pages that there are: some time before that this or that still does.
    for (let failures = 0; failures < 20; ) {
      const { status, headers, body } = await refresh(harness.server, current)
      if (status === 200) {
        current = body['refresh_token'] ?? ''
        acknowledged++
        continue
      }
      failures++
      expect([status, headers.get('retry-after'), Object.keys(body).sort()]).toEqual([
        503,
        '5',
        ['error', 'error_description'],
      ])
    }
    expect(await rows()).toBe(before + acknowledged)
    expect(eventNames(harness)).toContain('error')

    await limit(100_000)
    expect((await refresh(harness.server, current)).status).toBe(200)
    expect((await redeem(harness.server, code)).status).toBe(200)
    await harness.store.close()
  })
})
