"""Reads what axle tells programs, and checks it against its schema where jsonschema is there."""

import json
from pathlib import Path

try:
    from jsonschema import Draft202012Validator, RefResolver
except ImportError:  # the interpreter of the tests need not be the one that has it
    Draft202012Validator = None

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"


def check(kind, value):
    if Draft202012Validator is None:
        return
    store = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.schema.json")}
    name = f"{kind}.schema.json"
    resolver = RefResolver(name, store[name], store=store)
    Draft202012Validator(store[name], resolver=resolver).validate(value)


def build_report(text):
    """The report, checked."""
    report = json.loads(text)
    check("build-report", report)
    return report
