import type { Notice } from '../arrival.js'
import { find, make } from '../dom.js'
import type { View } from '../store.js'

/** One sentence about how the user came back. */
export function noticeView(): View {
  const place = find('notice', HTMLElement)
  return {
    reads: ['notice', 'account'],
    show: ({ notice, account }) =>
      place.replaceChildren(
        ...(notice ? [make('p', { class: `notice ${notice.kind}` }, sentence(notice, account !== undefined))] : []),
      ),
  }
}

function sentence(notice: Notice, isSignedIn: boolean): string {
  switch (notice.kind) {
    case 'added':
      return `Your token has ${notice.scope.join(' and ')} now, and the operation ran again.`
    case 'declined':
      return isSignedIn
        ? 'You said no, so your token stays as it was.'
        : 'You said no, so nothing was shared. You can sign in whenever you like.'
    case 'session-ended':
      return 'Your session has ended. Sign in again to go on.'
    case 'signed-out':
      return 'You are signed out.'
    case 'failed':
      return notice.message
  }
}
