import type { SqlPort } from '@scopewise/oauth-server/sqlite'

interface FirstNote {
  readonly title: string
  readonly body: string
  readonly internalNote?: string
  readonly pinned?: true
}

/** What stands in a new database, oldest first. The authors take turns. */
const FIRST_NOTES: readonly FirstNote[] = [
  {
    title: 'Welcome',
    body: 'Twenty notes to try the API with. Pinned notes come first, then the newest.',
    pinned: true,
  },
  { title: 'What a scope is', body: 'A word for something a token may do. This note needed notes:read.' },
  { title: 'What an audience is', body: 'The API a token was made for. Every other API refuses it.' },
  { title: 'Groceries', body: 'Oats, lemons, a new pepper mill.' },
  {
    title: 'Internal remarks',
    body: 'This note has one. Ask for internalNote to see what is missing.',
    internalNote: 'Only admin reads this line.',
  },
  { title: 'Reading list', body: 'RFC 9700 first, then RFC 6749 with its advice in mind.' },
  { title: 'Why two origins', body: 'The sign-in page must not share an origin with scripts.' },
  { title: 'Train to Vienna', body: 'Platform 7, and bring the printed ticket.' },
  { title: 'Stepping up', body: 'A refused operation names the scopes it needs. Ask for exactly these.' },
  {
    title: 'Birthday of Ines',
    body: 'She wanted the small watering can.',
    internalNote: 'Shared with the family by mistake; asked to delete.',
  },
  { title: 'Short lives', body: 'An access token lives for five minutes. The refresh token makes the next one.' },
  { title: 'Bread', body: 'One night in the fridge, then half an hour at full heat.' },
  { title: 'Who wrote this', body: 'Each note has an author, and only the author deletes it.' },
  { title: 'Bicycle', body: 'Back brake, left pedal, the bell.' },
  { title: 'Refresh tokens turn', body: 'Each use makes a successor. An old one seen again ends the grant.' },
  { title: 'Garden', body: 'Beans after the middle of May.', internalNote: 'Duplicate of an older note.' },
  { title: 'Machines too', body: 'demo-service signs in without a person and reads these notes.' },
  { title: 'Film evening', body: 'Thursday at eight, the one with the lighthouse.' },
  { title: 'Live', body: 'Subscribe to noteAdded, then write a note in another window.' },
  { title: 'Now you', body: 'Sign in with notes:write and call createNote.' },
]

/** When the first note was written, and how far apart the others are: fixed, so that every new database is the same. */
const FIRST_AT = Date.UTC(2026, 0, 5, 9) / 1000
const APART = 86_400

/** Writes the first notes into a new database, once and in one step: one whose notes were all deleted stays empty. */
export async function writeFirstNotes(database: SqlPort, authorIds: readonly string[]): Promise<void> {
  await database.transaction(async (query) => {
    const [mine] = await query(
      'INSERT INTO first_start (happened) VALUES (1) ON CONFLICT DO NOTHING RETURNING happened',
    )
    if (mine === undefined) return
    for (const [index, note] of FIRST_NOTES.entries()) {
      const id = `note_${String(index + 1).padStart(2, '0')}`
      const author = authorIds[index % authorIds.length] ?? null
      await query(
        'INSERT INTO notes (id, title, body, internal_note, author_id, pinned, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
        [id, note.title, note.body, note.internalNote ?? null, author, note.pinned ? 1 : 0, FIRST_AT + index * APART],
      )
    }
  })
}
