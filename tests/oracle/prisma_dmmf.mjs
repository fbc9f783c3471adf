// Prisma's DMMF of a schema, or its refusal.
//
//   node prisma_dmmf.mjs schema.prisma [more.prisma …]     (or the schema on stdin)
//
// The DMMF goes to stdout as one JSON document. A schema that Prisma refuses: its message on stdout
// as it is, and exit code 1. A crash inside Prisma: the message on stderr, and exit code 2.
import { createRequire } from 'node:module'
import { schemaFiles } from './schema_files.mjs'

let panic = null
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(message) {
    panic = message
  },
}
const prisma = createRequire(import.meta.url)('@prisma/prisma-schema-wasm')

try {
  const files = await schemaFiles()
  process.stdout.write(prisma.get_dmmf(JSON.stringify({ prismaSchema: files, noColor: true })) + '\n')
} catch (error) {
  if (panic !== null) {
    console.error(panic)
    process.exitCode = 2
  } else {
    let message = error?.message ?? String(error)
    try {
      message = JSON.parse(message).message
    } catch {
      // Not every refusal is JSON; then the text itself is the message.
    }
    process.stdout.write(message.trimEnd() + '\n')
    process.exitCode = 1
  }
}
