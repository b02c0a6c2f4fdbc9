"""Writes the sections of the specification that name a container, for the test that our documentation names them.

    python3.13 -m venv spec && spec/bin/pip install eth-consensus-specs==1.7.0b4
    spec/bin/python make_sections.py > ../../crates/cl-types/tests/data/sections.txt

Every line is a document and the title of a section, without the words `New` and `Modified` before it.
"""

import pathlib
import re

import specs

TITLE = re.compile(r"^#+ (?:New |Modified )?(`\w+`|MetaData|\w+ v\d|\w+ByRange|Signed envelopes)\s*$")

print("# Made by make_sections.py with eth-consensus-specs 1.7.0b4.")
# Not a part of the package.
print("ssz/simple-serialize.md Aliases")
root = pathlib.Path(list(specs.__path__)[0])
forks = "phase0 altair bellatrix capella deneb electra fulu gloas heze".split()
for document in sorted(path for fork in forks for path in (root / fork).rglob("*.md")):
    titles = [TITLE.match(line) for line in document.read_text().splitlines()]
    for title in sorted({title[1].strip("`") for title in titles if title}):
        # Functions and constants are no containers.
        if title[0].isupper() and not title.isupper():
            print(document.relative_to(root), title)
