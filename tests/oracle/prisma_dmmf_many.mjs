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

// The data model as Prisma wrote it: JavaScript's own numbers would round those beyond 2 ** 53.
function datamodel(dmmf) {
  const end = dmmf.lastIndexOf(',"schema":{"inputObjectTypes":')
  if (!dmmf.startsWith('{"datamodel":') || end < 0) throw new Error('the DMMF has another form')
  return dmmf.slice(0, end) + '}'
}

function answer(schema) {
  panic = null
  let dmmf
  try {
    const params = JSON.stringify({ prismaSchema: [['schema.prisma', schema]], noColor: true })
    dmmf = prisma.get_dmmf(params)
  } catch (error) {
    if (panic === null) return JSON.stringify({ refusal: String(error?.message ?? error) })
    // A crash leaves the module unusable: load it anew.
    for (const path of Object.keys(require.cache)) delete require.cache[path]
    prisma = require('@prisma/prisma-schema-wasm')
    return JSON.stringify({ crash: panic })
  }
  return datamodel(dmmf)
}

process.stdout.write('[' + JSON.parse(await text(process.stdin)).map(answer).join(',') + ']')
