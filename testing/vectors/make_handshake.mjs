// Writes subset/handshake.txt: what peers say of themselves and ask for, as Lodestar's types print and hash it.
//
//     npm install @lodestar/types@1.46.0 @chainsafe/ssz@1.6.3
//     node make_handshake.mjs > subset/handshake.txt
//
// Every line is `Type ssz root json`.

import {ssz} from "@lodestar/types";

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const root = (byte) => new Uint8Array(32).fill(byte);

function show(name, type, value) {
  console.log(name, hex(type.serialize(value)), hex(type.hashTreeRoot(value)), JSON.stringify(type.toJson(value)));
}

const status = {
  forkDigest: new Uint8Array([1, 2, 3, 4]),
  finalizedRoot: root(5),
  finalizedEpoch: 6,
  headRoot: root(7),
  headSlot: 8,
  earliestAvailableSlot: 9,
};
show("StatusV1", ssz.phase0.Status, status);
show("StatusV2", ssz.fulu.Status, status);

const metadata = ssz.fulu.Metadata.defaultValue();
metadata.seqNumber = 3n;
metadata.attnets.set(1, true);
metadata.attnets.set(63, true);
metadata.syncnets.set(2, true);
metadata.custodyGroupCount = 4;
show("MetaDataV1", ssz.phase0.Metadata, metadata);
show("MetaDataV2", ssz.altair.Metadata, metadata);
show("MetaDataV3", ssz.fulu.Metadata, metadata);

const slots = {startSlot: 10, count: 11};
show("BlocksByRangeRequest", ssz.phase0.BeaconBlocksByRangeRequest, {...slots, step: 1});
show("BlobsByRangeRequest", ssz.deneb.BlobSidecarsByRangeRequest, slots);
show("ColumnsByRangeRequest", ssz.fulu.DataColumnSidecarsByRangeRequest, {...slots, columns: [5, 127]});
show("LightClientUpdatesByRangeRequest", ssz.altair.LightClientUpdatesByRange, {startPeriod: 10, count: 11});
