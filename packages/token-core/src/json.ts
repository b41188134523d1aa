/** JSON that means the same to every reader. Imports neither jose nor `node:`. */
export { parseJson } from './jwt/json.js'
