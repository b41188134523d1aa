import type { Account } from '../domain/users.js'
import { type AnyScope, allScopes } from '../scopes.js'

const NOT_FOR_READERS: readonly AnyScope[] = ['users:read', 'admin', 'audit:read']

/** The demo's users; the passwords are public knowledge: `reader-demo` and `admin-demo`. */
export const demoAccounts: readonly Account[] = [
  {
    id: 'user_reader',
    username: 'reader',
    name: 'Rea Reader',
    email: 'reader@example.com',
    passwordHash: '$scrypt$ln=15,r=8,p=3$I8CD75WjtJCHgshMHzDTZQ$tbzIRiTnCeSXKcC03rbBK8buuUjBP0m3AOug5lOwl5U',
    scope: allScopes.filter((value) => !NOT_FOR_READERS.includes(value)),
  },
  {
    id: 'user_admin',
    username: 'admin',
    name: 'Ada Admin',
    email: 'admin@example.com',
    passwordHash: '$scrypt$ln=15,r=8,p=3$fZ29et_YBFRSKHDpQaJv3g$uqmh76aLI4J6SzsH_qNjBxgbFDlNOQsejTF6eortD3U',
    scope: allScopes,
  },
]

/** How the demo's users sign in, for the banner and the page. */
export const demoUsers = [
  { username: 'reader', password: 'reader-demo' },
  { username: 'admin', password: 'admin-demo' },
] as const
