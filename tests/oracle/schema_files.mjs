// The schema to work on: the files named on the command line in order of their paths, else stdin.
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'

export async function schemaFiles() {
  const paths = process.argv.slice(2).sort()
  if (paths.length === 0) return [['schema.prisma', await text(process.stdin)]]
  return Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')]))
}
