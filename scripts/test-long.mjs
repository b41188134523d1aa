// `npm run test:long`: the same tests, with twenty times as many runs of every property.
process.env.SCOPEWISE_RUNS = '20'
await import('./test.mjs')
