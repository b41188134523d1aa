import type { Notice } from '../arrival.js'
import { find, make } from '../dom.js'
import type { View } from '../store.js'

/** One sentence about how the user came back. */
export function noticeView(): View {
  const place = find('notice', HTMLElement)
  return {
    reads: ['notice'],
    show: ({ notice }) =>
      place.replaceChildren(...(notice ? [make('p', { class: `notice ${notice.kind}` }, sentence(notice))] : [])),
  }
}

function sentence(notice: Notice): string {
  switch (notice.kind) {
    case 'added':
      return `Your token has ${notice.scope.join(' and ')} now, and the operation ran again.`
    case 'declined':
      return 'You said no, so nothing was shared. You can go on with what you have.'
    case 'session-ended':
      return 'Your session has ended. Sign in again to go on.'
    case 'signed-out':
      return 'You are signed out.'
    case 'failed':
      return notice.message
  }
}
