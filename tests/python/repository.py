"""Where the tests find what they test."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/themis-tiny"
CORPUS = ROOT / "tools/tiny-model/corpus.tsv"
