// Prisma's SQL for a schema: what `prisma migrate diff --from-empty --to-schema-datamodel … --script`
// prints, made by the schema engine's WebAssembly build. No database and no network take part.
//
//   node prisma_sql.mjs schema.prisma [more.prisma …]     (or the schema on stdin)
//
// The SQL goes to stdout; a refusal goes to stderr with exit code 1.
import { readFile } from 'node:fs/promises'
import { schemaFiles } from './schema_files.mjs'
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg'

const ok = (value) => ({ ok: true, value, map: (f) => ok(f(value)), flatMap: (f) => f(value) })

// The engine asks a live connection one thing: whether the namespace exists, and the server's version.
// The script depends on neither.
const queryRaw = async () =>
  ok({
    columnNames: ['exists', 'version', 'numeric_version'],
    columnTypes: [5, 7, 0], // Prisma's numbers for boolean, text, int32
    rows: [[true, 'PostgreSQL 18.0', 180000]],
  })
const connection = {
  provider: 'postgres',
  adapterName: 'snapkit-stub',
  queryRaw,
  executeRaw: async () => ok(0),
  executeScript: async () => ok(undefined),
  getConnectionInfo: () => ok({ schemaName: 'public', supportsRelationJoins: true }),
  dispose: async () => ok(undefined),
}
const adapter = {
  provider: 'postgres',
  adapterName: 'snapkit-stub',
  connect: async () => ok(connection),
  connectToShadowDb: async () => ok(connection),
}

const binary = new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'))
globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => console.error(message) }
const { instance } = await WebAssembly.instantiate(await readFile(binary), { './schema_engine_bg.js': engine })
engine.__wbg_set_wasm(instance.exports)
instance.exports.__wbindgen_start()

try {
  const files = await schemaFiles()
  const prisma = await engine.SchemaEngine.new({ datamodels: files }, () => {}, adapter)
  const { stdout } = await prisma.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: files.map(([path, content]) => ({ path, content })) },
    script: true,
    shadowDatabaseUrl: null,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  process.stdout.write(stdout)
} catch (error) {
  console.error(error?.message ?? error)
  process.exitCode = 1
}
