/**
 * Opaque tokens: ask the authorization server what they are worth. Imports neither jose nor `node:`.
 * @see https://www.rfc-editor.org/rfc/rfc7662
 */
export type { AnswerCacheOptions } from './introspection/answers.js'
export type { IntrospectionRequest, SignedAnswers } from './introspection/ask.js'
export { createIntrospectionVerifier, type IntrospectionVerifierOptions } from './introspection/verifier.js'
