export interface StoreCase {
  readonly name: string
  run(): Promise<void>
}
export function storeContract(): readonly StoreCase[] {
  return []
}
