// Prisma's DMMF of many schemas in one process.
//
//   node prisma_dmmf_many.mjs < schemas.json        a JSON list of texts
//
// To stdout, a JSON list with one answer each: {"datamodel": …}, {"refusal": "…"}, or {"crash": "…"}.
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const require = createRequire(import.meta.url)
let panic = null
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(message) {
    panic = message
  },
}

let prisma = require('@prisma/prisma-schema-wasm')

function answer(schema) {
  panic = null
  try {
    const params = JSON.stringify({ prismaSchema: [['schema.prisma', schema]], noColor: true })
    return { datamodel: JSON.parse(prisma.get_dmmf(params)).datamodel }
  } catch (error) {
    if (panic === null) return { refusal: String(error?.message ?? error) }
    // A crash leaves the module unusable: load it anew.
    for (const path of Object.keys(require.cache)) delete require.cache[path]
    prisma = require('@prisma/prisma-schema-wasm')
    return { crash: panic }
  }
}

process.stdout.write(JSON.stringify(JSON.parse(await text(process.stdin)).map(answer)))
