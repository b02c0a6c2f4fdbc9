"""Writes subset/large.txt: mainnet values of what is megabytes long, states and batches of roots.

    python3.13 -m venv spec && spec/bin/pip install eth-consensus-specs==1.7.0b4 ckzg python-snappy
    spec/bin/python make_large.py > subset/large.txt

Every line is as in subset/cases.txt, but the SSZ is compressed twice. The long vectors of the values are zero but for a
few elements, the first and the last among them: so the SSZ of megabytes fits into kilobytes.
"""

import importlib
from random import Random

import snappy
from eth_consensus_specs.debug.random_value import RandomizationMode, get_random_ssz_object
from ssz.collections import Vector
from ssz.container import Container, ProgressiveContainer

FORKS = "phase0 altair bellatrix capella deneb electra fulu gloas heze".split()
TYPES = ("BeaconState", "HistoricalBatch")
# A vector of so many elements is long.
LONG = 64


def sparse(rng, kind):
    if issubclass(kind, Container | ProgressiveContainer):
        return kind(**{name: sparse(rng, of) for name, of in kind._FIELD_TYPES})
    if issubclass(kind, Vector) and kind.LENGTH >= LONG:
        zero = kind.ELEMENT_TYPE()
        full = {0, rng.randrange(kind.LENGTH), kind.LENGTH - 1}
        return kind(data=[sparse(rng, kind.ELEMENT_TYPE) if i in full else zero for i in range(kind.LENGTH)])
    return get_random_ssz_object(rng, kind, 40, 3, RandomizationMode.mode_one_count, False)


print("# Made by make_large.py with eth-consensus-specs 1.7.0b4.")
for fork in FORKS:
    module = importlib.import_module(f"eth_consensus_specs.{fork}.mainnet")
    for name in TYPES:
        if kind := getattr(module, name, None):
            value = sparse(Random(f"{fork} {name}"), kind)
            packed = snappy.compress(snappy.compress(bytes(value.encode_bytes())))
            print(f"mainnet {fork} {name} sparse 0x{bytes(value.hash_tree_root()).hex()} {packed.hex()}", flush=True)
