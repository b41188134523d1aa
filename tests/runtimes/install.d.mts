/** Installs packages into a folder outside of the workspace, once. */
export function install(folder: string, packages: readonly string[]): Promise<void>
