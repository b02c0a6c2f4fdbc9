"""Writes subset/json_spec.txt: containers of the last forks and blob sidecars as the executable specification prints them.

    python3.13 -m venv spec && spec/bin/pip install eth-consensus-specs==1.7.0b4 ckzg python-snappy
    spec/bin/python make_json_spec.py > subset/json_spec.txt

The values are those of subset/cases.txt. Every line is `fork Type ssz json`, the SSZ in raw snappy, in hex; JSON that is
long is compressed twice, in hex. The specification prints numbers as numbers; they stand here as decimal strings, as
the beacon API has them.
"""

import importlib
import json
import pathlib

import snappy
from eth_consensus_specs.debug.encode import encode

TYPES = {
    "deneb": ["BlobSidecar"],
    "fulu": ["DataColumnSidecar", "PartialDataColumnSidecar"],
    "gloas": [
        "DataColumnSidecar",
        "LightClientUpdate",
        "PartialDataColumnSidecar",
        "PayloadAttestationMessage",
        "SignedAggregateAndProof",
        "SignedBeaconBlock",
        "SignedExecutionPayloadBid",
        "SignedExecutionPayloadEnvelope",
        "SignedProposerPreferences",
    ],
}
TYPES["heze"] = TYPES["gloas"] + ["SignedInclusionList"]
LONGEST = 40_000


def strings(value):
    if isinstance(value, dict):
        return {key: strings(of) for key, of in value.items()}
    if isinstance(value, list):
        return [strings(of) for of in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


cases = pathlib.Path(__file__).with_name("subset") / "cases.txt"
for line in cases.read_text().splitlines():
    if line.startswith("#"):
        continue
    preset, fork, name, _, _, packed = line.split(" ")
    if preset != "minimal" or name not in TYPES.get(fork, []):
        continue
    kind = getattr(importlib.import_module(f"eth_consensus_specs.{fork}.{preset}"), name)
    value = kind.decode_bytes(snappy.decompress(bytes.fromhex(packed)))
    text = json.dumps(strings(encode(value)), separators=(",", ":"))
    if len(text) > LONGEST:
        text = snappy.compress(snappy.compress(text.encode())).hex()
    if len(text) <= LONGEST:
        print(fork, name, packed, text)
