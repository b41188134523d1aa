import type { Departure } from './memory.js'

/** How the user came to the page. */
export type Arrival =
  | { readonly kind: 'returned'; readonly scope: readonly string[] }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'opened'; readonly signedIn: readonly string[] | undefined }

/** A sentence above everything else. */
export type Notice =
  | { readonly kind: 'added'; readonly scope: readonly string[] }
  | { readonly kind: 'declined' }
  | { readonly kind: 'session-ended' }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'failed'; readonly message: string }

/** What the page does after somebody came. */
export type Next =
  | { readonly step: 'show'; readonly notice?: Notice; readonly run: boolean; readonly notGranted: readonly string[] }
  /** Ask for a token without asking the user: a top-level redirect with prompt=none. */
  | { readonly step: 'resume'; readonly scope: readonly string[]; readonly run: boolean; readonly wasDeclined: boolean }

/**
 * Decides what follows. There is no loop: `resume` needs either the mark of somebody who was signed in, which is gone once
 * it is read, or a departure that was not itself a `resume`. Pure.
 */
export function decideNext(arrival: Arrival, departure: Departure | undefined): Next {
  switch (arrival.kind) {
    case 'returned':
      return afterReturn(arrival.scope, departure)
    case 'refused':
      return afterRefusal(arrival.error, departure)
    case 'failed':
      return show({ kind: 'failed', message: arrival.message })
    case 'opened':
      if (departure?.reason === 'sign-out') return show({ kind: 'signed-out' })
      if (!arrival.signedIn) return show()
      return { step: 'resume', scope: arrival.signedIn, run: false, wasDeclined: false }
  }
}

function afterReturn(scope: readonly string[], departure: Departure | undefined): Next {
  const asked = departure?.asked ?? []
  const had = departure?.had ?? []
  const notGranted = asked.filter((value) => !scope.includes(value))
  const added = asked.filter((value) => scope.includes(value) && !had.includes(value))
  const run = departure?.run ?? false
  if (departure?.wasDeclined) return { ...show({ kind: 'declined' }), run }
  const notice: Notice | undefined = added.length > 0 ? { kind: 'added', scope: added } : undefined
  return { step: 'show', ...(notice && { notice }), run, notGranted }
}

function afterRefusal(error: string, departure: Departure | undefined): Next {
  if (departure?.reason === 'resume') {
    // The session may be over, or the server wants to ask something: both begin with the button.
    return show(departure.wasDeclined ? { kind: 'declined' } : { kind: 'session-ended' })
  }
  if (error !== 'access_denied') return show({ kind: 'failed', message: `The authorization server refused: ${error}.` })
  // A no to more is not a no to what was there before: that token went when the page was left, so it is fetched again.
  if (departure && departure.had.length > 0)
    return { step: 'resume', scope: departure.had, run: false, wasDeclined: true }
  return show({ kind: 'declined' })
}

const show = (notice?: Notice): Next & { step: 'show' } => ({
  step: 'show',
  ...(notice && { notice }),
  run: false,
  notGranted: [],
})
