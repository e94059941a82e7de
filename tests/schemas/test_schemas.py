"""The schemas are schemas, every golden example keeps to its own, every invalid one does not, and
together the examples show every property and every variant that a schema speaks of.

    python3 test_schemas.py path/to/schemas
"""

import json
import re
import sys
import unittest
from pathlib import Path

from jsonschema import Draft202012Validator, RefResolver

SCHEMAS = Path(sys.argv.pop(1)) if len(sys.argv) > 1 else Path(__file__).parents[2] / "schemas"
EXAMPLES = SCHEMAS / "examples"
KINDS = ("build-event", "build-report", "command", "control", "doctor", "event", "result")
DEEPEST_VALUE = 512  # as in ipc/json_text.hpp
WRAPPING = {"command": 1, "result": 1, "event": 2, "control": 2, "build-event": 1,
            "build-report": 1, "doctor": 1}


class Refused(Exception):
    """The text is not JSON as strictly as the protocol wants it."""


def read_strictly(data, deepest):
    """What a schema cannot say: see "JSON, strictly" in schemas/README.md."""

    def object_of(pairs):
        # Equal as bytes is equal: "\u00e9" and its escaped bytes are one key.
        if len({key.encode("utf-8", "surrogateescape") for key, _ in pairs}) != len(pairs):
            raise Refused("a key stands twice")
        return dict(pairs)

    def constant(name):
        raise Refused(name)

    def real(token):
        if float(token) in (float("inf"), float("-inf")):
            raise Refused("a number is too large")
        return float(token)

    if data.startswith(b"\xef\xbb\xbf"):
        raise Refused("a byte order mark")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=object_of,
            parse_constant=constant,
            parse_float=real,
        )
    except (ValueError, RecursionError) as error:
        raise Refused(str(error)) from error
    check_value(value, deepest)
    return value


def check_value(value, deepest):
    if isinstance(value, str) and re.search("[\ud800-\udc7f\udd00-\udfff]", value):
        raise Refused("a lone surrogate that is no byte")
    if isinstance(value, (dict, list)):
        if deepest == 0:
            raise Refused("nested too deep")
        for inner in value.values() if isinstance(value, dict) else value:
            check_value(inner, deepest - 1)
    if isinstance(value, dict):
        for key in value:
            check_value(key, deepest)


def load_schemas():
    paths = sorted(SCHEMAS.glob("*.schema.json"))
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}


STORE = load_schemas()


def validator(name, schema=None):
    resolver = RefResolver(name, STORE[name], store=STORE)
    return Draft202012Validator(STORE[name] if schema is None else schema, resolver=resolver)


def examples_of(folder):
    return sorted(folder.glob("*"))


def read_example(path, kind):
    return read_strictly(path.read_bytes(), DEEPEST_VALUE + WRAPPING[kind])


class Coverage:
    """Which properties and alternatives of a schema the examples show.

    A place is a JSON pointer into the schema's file; what is in another file is for that file's own
    examples to show. `places` finds all that can be shown; `visit` notes those that an instance
    shows.
    """

    def __init__(self, name):
        self.expected = set()
        self.seen = set()
        self._walked = set()
        self.places(name, STORE[name], "#")

    @staticmethod
    def resolve(name, reference):
        """The file, schema and pointer that `reference` leads to from the file `name`."""
        file, _, pointer = reference.partition("#")
        schema = STORE[file or name]
        for part in filter(None, pointer.split("/")):
            schema = schema[part]
        return file or name, schema, "#" + pointer

    def places(self, name, schema, pointer):
        if (name, pointer) in self._walked or not isinstance(schema, dict):
            return
        self._walked.add((name, pointer))
        if schema.get("$ref", "").startswith("#"):
            self.places(*self.resolve(name, schema["$ref"]))
        for key, inner in schema.get("properties", {}).items():
            place = f"{pointer}/properties/{key}"
            if inner is not False:
                self.expected.add((name, place))
                self.places(name, inner, place)
        for word in ("oneOf", "anyOf"):
            for index, inner in enumerate(schema.get(word, ())):
                place = f"{pointer}/{word}/{index}"
                self.expected.add((name, place))
                self.places(name, inner, place)
        for index, _ in enumerate(schema.get("enum", ())):
            self.expected.add((name, f"{pointer}/enum/{index}"))
        for word in ("items", "additionalProperties"):
            if isinstance(schema.get(word), dict):
                self.expected.add((name, f"{pointer}/{word}"))
                self.places(name, schema[word], f"{pointer}/{word}")

    def visit(self, name, schema, pointer, value):
        if not isinstance(schema, dict):
            return
        if schema.get("$ref", "").startswith("#"):
            self.visit(*self.resolve(name, schema["$ref"]), value)
        if isinstance(value, dict):
            for key, inner in schema.get("properties", {}).items():
                if key in value:
                    self.show(name, inner, f"{pointer}/properties/{key}", value[key])
            if isinstance(schema.get("additionalProperties"), dict):
                for key in value.keys() - schema.get("properties", {}).keys():
                    place = f"{pointer}/additionalProperties"
                    self.show(name, schema["additionalProperties"], place, value[key])
        if isinstance(value, list) and isinstance(schema.get("items"), dict):
            for element in value:
                self.show(name, schema["items"], f"{pointer}/items", element)
        for word in ("oneOf", "anyOf"):
            for index, inner in enumerate(schema.get(word, ())):
                if validator(name, inner).is_valid(value):
                    self.show(name, inner, f"{pointer}/{word}/{index}", value)
        if value in schema.get("enum", ()):
            self.seen.add((name, f"{pointer}/enum/{schema['enum'].index(value)}"))

    def show(self, name, schema, pointer, value):
        self.seen.add((name, pointer))
        self.visit(name, schema, pointer, value)


class Schemas(unittest.TestCase):
    def test_every_schema_is_one_and_has_examples(self):
        self.assertEqual(sorted(STORE), [f"{kind}.schema.json" for kind in KINDS])
        for name, schema in STORE.items():
            with self.subTest(schema=name):
                Draft202012Validator.check_schema(schema)
                self.assertEqual(schema["$id"], name)
        folders = {path.name for path in EXAMPLES.iterdir()}
        self.assertEqual(folders, {*KINDS, "invalid"})

    def test_every_example_keeps_to_its_schema(self):
        for kind in KINDS:
            check = validator(f"{kind}.schema.json")
            for path in examples_of(EXAMPLES / kind):
                with self.subTest(example=str(path)):
                    self.assertEqual(path.suffix, ".json")
                    check.validate(read_example(path, kind))

    def test_what_axle_writes_is_one_line_of_ascii(self):
        for kind in ("build-event", "command", "control", "event", "result"):
            for path in examples_of(EXAMPLES / kind):
                if not path.name.startswith("foreign_"):
                    with self.subTest(example=str(path)):
                        text = path.read_text(encoding="ascii")
                        self.assertEqual(text, json.dumps(json.loads(text)) + "\n")

    def test_every_invalid_example_is_refused(self):
        for folder in sorted((EXAMPLES / "invalid").iterdir()):
            check = validator(f"{folder.name}.schema.json")
            for path in examples_of(folder):
                with self.subTest(example=str(path)):
                    self.assertEqual(path.suffix, ".json")
                    try:
                        value = read_example(path, folder.name)
                    except Refused:
                        continue
                    self.assertFalse(check.is_valid(value))

    def test_the_examples_show_every_property_and_every_variant(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                name = f"{kind}.schema.json"
                coverage = Coverage(name)
                for path in examples_of(EXAMPLES / kind):
                    coverage.visit(name, STORE[name], "#", read_example(path, kind))
                self.assertTrue(coverage.expected)
                unseen = sorted("".join(place) for place in coverage.expected - coverage.seen)
                self.assertEqual(unseen, [])

    def test_the_examples_show_no_key_that_a_schema_does_not_know(self):
        """Unless they are there to show that unknown keys are ignored."""
        for kind in KINDS:
            for path in examples_of(EXAMPLES / kind):
                if path.name.startswith("foreign_"):
                    continue
                with self.subTest(example=str(path)):
                    value = read_example(path, kind)
                    schema = STORE[f"{kind}.schema.json"]
                    self.assertLessEqual(value.keys(), self.known_keys(schema, value, kind))

    def known_keys(self, schema, value, kind):
        known = set(schema.get("properties", {}))
        for inner in schema.get("oneOf", ()):
            _, target, _ = Coverage.resolve(f"{kind}.schema.json", inner["$ref"])
            if validator(f"{kind}.schema.json", target).is_valid(value):
                known |= set(target["properties"])
        return known


if __name__ == "__main__":
    unittest.main()
