// Runs the page's own verifier, without the page: node in_node.mjs PAGE < requests, a JSON line each.
// {"pack": path, "vkey": line or "", "witnesses": [line], "quorum": n or null} -> {"code": n, "words": text, ...}
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import vm from "node:vm";

const script = readFileSync(process.argv[2], "utf8").match(/<script>([^]*)<\/script>/)[1];
const Evidence = vm.runInThisContext(`${script}\nEvidence`);

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const log = asked.vkey ? await Evidence.parseVkey(asked.vkey) : null;
  const witnesses = await Promise.all((asked.witnesses ?? []).map(Evidence.parseVkey));
  const found = await Evidence.verify(new Uint8Array(readFileSync(asked.pack)), { log, witnesses, quorum: asked.quorum ?? witnesses.length });
  const broken = found.entries.filter((entry) => entry.refused).map(({ event, place }) => ({ event, place }));
  console.log(JSON.stringify({ code: found.code, words: found.words, broken, entries: found.entries.length }));
}
