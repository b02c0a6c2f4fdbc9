// Writes subset/json.txt: blocks, votes and sidecars as Lodestar's types print them.
//
//     npm install @lodestar/types@1.46.0 @chainsafe/ssz@1.6.3 snappyjs
//     LODESTAR_PRESET=minimal node make_json.mjs > subset/json.txt
//
// The values are those of subset/cases.txt with numbers below 2^40: these types hold many as doubles. Every line is
// `fork Type ssz json`, the SSZ in raw snappy, in hex; JSON that is long is compressed twice, in hex. Bytes that these
// types do not read are left out, and said so: they may follow another text of a fork to come, as they do with blocks
// and inclusion lists of Heze. `make_json_spec.py` prints those by the executable specification. (Later `@chainsafe/ssz` does not load with these types.)

import {readFileSync} from "node:fs";
import {ssz} from "@lodestar/types";
import snappy from "snappyjs";

const TYPES = [
  "SignedBeaconBlock", "SignedAggregateAndProof", "AttesterSlashing", "SingleAttestation", "DataColumnSidecar",
  "SignedContributionAndProof", "SignedBLSToExecutionChange", "LightClientFinalityUpdate", "SignedVoluntaryExit",
  "SignedExecutionPayloadEnvelope", "SignedExecutionPayloadBid", "PayloadAttestationMessage", "BlobSidecar",
  "SignedProposerPreferences",
];
const LONGEST = 40_000;

const pack = (bytes) => Buffer.from(snappy.compress(Buffer.from(bytes)));

/** The same value with smaller numbers. */
function small(value) {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value % 2 ** 40 : 2 ** 40 - 1;
  if (Array.isArray(value)) return value.map(small);
  const plain = value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
  return plain ? Object.fromEntries(Object.entries(value).map(([key, of]) => [key, small(of)])) : value;
}

const seen = new Set();
for (const line of readFileSync(new URL("subset/cases.txt", import.meta.url), "utf8").trim().split("\n")) {
  const [preset, fork, name, which, , packed] = line.split(" ");
  const type = ssz[fork]?.[name];
  if (preset !== "minimal" || !TYPES.includes(name) || !type || seen.has(fork + name)) continue;
  try {
    const value = small(type.deserialize(snappy.uncompress(Buffer.from(packed, "hex"))));
    const bytes = pack(type.serialize(value)).toString("hex");
    let json = JSON.stringify(type.toJson(value));
    if (json.length > LONGEST) json = pack(pack(json)).toString("hex");
    if (json.length > LONGEST) continue;
    seen.add(fork + name);
    console.log(`${fork} ${name} ${bytes} ${json}`);
  } catch (error) {
    console.error(`left out: ${fork} ${name} ${which}: ${error.message}`);
  }
}
