/** Characters of a status list token, and bytes of an answer. */
export const MAX_LIST_TOKEN_LENGTH = 2 ** 20
