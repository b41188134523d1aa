/**
 * Findings in the format that code scanning reads.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import { type Finding, RULES, type RuleId } from './findings.js'

/** Writes a log with one run. */
export function toSarif(findings: readonly Finding[]): object {
  const ids = Object.keys(RULES) as RuleId[] // the keys of a constant
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'graphql-auth-directive',
            informationUri: 'https://github.com/scopewise/scopewise',
            rules: ids.map((id) => ({ id, name: id, shortDescription: { text: RULES[id] } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map(({ rule, level, message, subject, place }) => ({
          ruleId: rule,
          ruleIndex: ids.indexOf(rule),
          level,
          message: { text: message },
          locations: [
            {
              ...(place && {
                physicalLocation: {
                  artifactLocation: { uri: toUri(place.file) },
                  region: { startLine: place.line, startColumn: place.column },
                },
              }),
              logicalLocations: [{ fullyQualifiedName: subject }],
            },
          ],
          // The same finding in another line is the same finding.
          partialFingerprints: { 'element/v1': `${rule} ${subject}` },
        })),
      },
    ],
  }
}

const toUri = (file: string): string => file.split('/').map(encodeURIComponent).join('/')
