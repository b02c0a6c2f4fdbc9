"""Writes subset/cases.txt: values of every container of every fork, made by the executable specification.

    python3.13 -m venv spec && spec/bin/pip install eth-consensus-specs==1.7.0b4 ckzg python-snappy
    spec/bin/python make_subset.py > subset/cases.txt

Every line is `preset fork Type case root ssz`, the SSZ in raw snappy, in hex. The mainnet preset stands only where it
differs from the minimal one, and once for each type, but for what is megabytes long: see make_large.py. The same
package gives the same lines.
"""

import importlib
import inspect
from random import Random

import snappy
from eth_consensus_specs.debug.random_value import RandomizationMode, get_random_ssz_object
from ssz.container import Container, ProgressiveContainer

FORKS = "phase0 altair bellatrix capella deneb electra fulu gloas heze".split()
# A longer case is not kept, unless no other was found.
LONGEST = 1500
MODES = [RandomizationMode.mode_random, RandomizationMode.mode_one_count, RandomizationMode.mode_max]


def containers(fork, preset):
    module = importlib.import_module(f"eth_consensus_specs.{fork}.{preset}")
    frames = (Container, ProgressiveContainer)
    for name, kind in sorted(vars(module).items()):
        if inspect.isclass(kind) and issubclass(kind, frames) and kind not in frames and not name.startswith("_"):
            yield name, kind


def shape(kind):
    """All that may differ between presets."""
    parts = [kind._FIELD_TYPES] if hasattr(kind, "_FIELD_TYPES") else []
    inner = [shape(of) for fields in parts for _, of in fields]
    if hasattr(kind, "ELEMENT_TYPE"):
        inner.append(shape(kind.ELEMENT_TYPE))
    return (getattr(kind, "LENGTH", None), getattr(kind, "LIMIT", None), tuple(inner))


def case(preset, fork, name, kind, mode):
    rng = Random(f"{preset} {fork} {name} {mode}")
    value = get_random_ssz_object(rng, kind, 40, 3, mode, False)
    packed = snappy.compress(bytes(value.encode_bytes()))
    return f"{preset} {fork} {name} {mode.to_name()} 0x{bytes(value.hash_tree_root()).hex()} {packed.hex()}", len(packed)


print("# Made by make_subset.py with eth-consensus-specs 1.7.0b4.")
for fork in FORKS:
    minimal = dict(containers(fork, "minimal"))
    mainnet = dict(containers(fork, "mainnet"))
    for name, kind in minimal.items():
        cases = [case("minimal", fork, name, kind, mode) for mode in MODES]
        short = [line for line, size in cases if size <= LONGEST]
        print("\n".join(short[:2] or [min(cases, key=lambda case: case[1])[0]]))
        # make_large.py makes these.
        if shape(kind) != shape(mainnet[name]) and name not in ("BeaconState", "HistoricalBatch"):
            cases = [case("mainnet", fork, name, mainnet[name], mode) for mode in MODES]
            print(min(cases, key=lambda case: case[1])[0])
