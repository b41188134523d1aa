// Stands for `vitest` where vitest itself can't run: its own runner and its own expect, which need no Node.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from '@vitest/runner'

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

export const expect = Object.assign(
  (value, message) => {
    setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect)
    return chai.expect(value, message)
  },
  chai.expect,
  globalThis[ASYMMETRIC_MATCHERS_OBJECT],
)
expect.getState = () => getState(expect)
expect.setState = (state) => setState(state, expect)
expect.extend = (matchers) => chai.expect.extend(expect, matchers)
expect.unreachable = (message) => chai.assert.fail(`expected ${message ?? 'this'} not to be reached`)
globalThis[GLOBAL_EXPECT] = expect
setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null }, expect)
expect.extend(customMatchers)
