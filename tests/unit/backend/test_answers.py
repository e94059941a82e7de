"""What a hook process of the warm interpreter answers (backend/python/failure.py, hook_call.py):
how what a hook raises is told, and what it returns.

    python3 tests/unit/backend/test_answers.py [-v] [Class.test_name]

Ids such as A4 in the names of tests are those of the faults that they inject.
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from zygote_driver import PYPY, Case, OneBackend


class RaisingTest(OneBackend):
    SOURCE = """
    import os, sys

    class UnsupportedOperation(Exception):
        pass

    class Bare(BaseException):
        pass

    def exception(): raise ValueError("wrong \\u00e9 \\udc80")
    def base_exception(): raise Bare("bare")
    def generator_exit(): raise GeneratorExit("gone")
    def keyboard_interrupt(): raise KeyboardInterrupt
    def unsupported(): raise type("Sub", (UnsupportedOperation,), {})("cannot")

    def system_exit(code): raise SystemExit(code)
    def system_exit_bare(): raise SystemExit
    def system_exit_object(): raise SystemExit(object())
    def system_exit_pair(): raise SystemExit(1, 2)

    class BadStr(Exception):
        def __str__(self): raise RuntimeError
    class BadRepr(Exception):
        def __repr__(self): raise RuntimeError
    class ExitingStr(Exception):
        def __str__(self): sys.exit(3)
    class NoStr(Exception):
        def __str__(self): return 7
    class StrangeStr(Exception):
        def __str__(self):
            return type("S", (str,), {"__getitem__": None, "encode": None, "__len__": None})("odd")
    class Meta(type):
        __name__ = property(lambda self: 1 / 0)
        def __repr__(self): raise Bare
    class BadMeta(Exception, metaclass=Meta):
        pass
    class BadAttributes(Exception):
        @property
        def oops(self): raise Bare
        __class__ = __cause__ = __context__ = __traceback__ = __notes__ = exceptions = oops
        __suppress_context__ = oops
    class BadCode(SystemExit):
        @property
        def code(self): os._exit(9)

    def bad_str(): raise BadStr
    def bad_repr(): raise BadRepr("told")
    def exiting_str(): raise ExitingStr
    def no_str(): raise NoStr
    def strange_str(): raise StrangeStr
    def bad_meta(): raise BadMeta("meta")
    def bad_attributes(): raise BadAttributes("told")
    def bad_code(): raise BadCode(4)

    def recursion(): return recursion()
    def memory(): raise MemoryError
    def real_memory(): return [0] * (1 << 60)
    def huge_message(): raise ValueError("x" * (1 << 28) + "end")
    def huge_cause():
        raise ValueError("short") from ValueError("x" * (1 << 28))
    def deep_chain():
        error = ValueError("root")
        for number in range(1000000):
            following = ValueError(number)
            following.__cause__ = error
            error = following
        raise error
    def circle():
        one, two = ValueError("one"), ValueError("two")
        one.__cause__, two.__cause__ = two, one
        raise ValueError("three") from one

    def chain():
        try:
            try:
                {}["root"]
            except KeyError:
                raise ValueError("middle")
        except ValueError as error:
            raise RuntimeError("top") from error
    class OwnError(Exception):
        pass
    def own_cause():
        try:
            raise OwnError("own")
        except OwnError as error:
            raise RuntimeError("top") from error
    def suppressed():
        try:
            1 / 0
        except ZeroDivisionError:
            raise ValueError("top") from None
    class Group(Exception):
        def __init__(self, message, exceptions):
            super().__init__(message)
            self.exceptions = tuple(exceptions)
    def group():
        kind = getattr(__builtins__, "ExceptionGroup", None) or Group
        if isinstance(__builtins__, dict):
            kind = __builtins__.get("ExceptionGroup", Group)
        one, two = ValueError("one"), TypeError("two")
        two.__cause__ = OSError("behind two")
        raise kind("both", [one, two])
    def notes():
        error = ValueError("noted")
        error.__notes__ = ["first", BadStr()]
        raise error

    def ok(): return "ok"
    def noisy():
        print("some output")
        raise ValueError("noisy")
    """

    def test_a1_exceptions_are_told_with_their_traceback(self):
        answer = self.failure("exception", "ValueError", "wrong \u00e9 \\udc80")
        lines = answer["x_traceback"].splitlines()
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertIn('backend.py", line', lines[1])
        self.assertIn("in exception", lines[1])
        self.assertEqual(lines[-1], "ValueError: wrong \u00e9 \\udc80")
        self.assertNotIn("axle-backend", answer["x_traceback"])
        self.assertEqual((answer["x_causes"], answer["x_notes"]), ([], []))
        self.assertNotIn("x_unsupported", answer)

    def test_a1_base_exceptions_are_told(self):
        self.failure("base_exception", "Bare", "bare")
        self.failure("generator_exit", "GeneratorExit", "gone")

    def test_a2_system_exit_gives_an_int(self):
        for argument, code in (
            (None, 0),
            (0, 0),
            (3, 3),
            (-1, -1),
            (True, 1),
            (False, 0),
            (1 << 40, -1),
            ("text", 1),
            (1.5, 1),
            ([], 1),
        ):
            with self.subTest(argument=argument):
                answer = self.call("system_exit", {"code": argument})
                self.assertEqual((answer["exc_type"], answer["code"]), ("SystemExit", code))
                self.assertEqual(answer["exc_msg"], str(argument))
        self.failure("system_exit_bare", "SystemExit", "", code=0)
        self.failure("system_exit_object", "SystemExit", code=1)
        self.failure("system_exit_pair", "SystemExit", "(1, 2)", code=1)

    def test_a3_keyboard_interrupt_is_an_ordinary_failure(self):
        self.failure("keyboard_interrupt", "KeyboardInterrupt", "")

    def test_a4_exceptions_that_cannot_be_printed_are_told(self):
        self.failure("bad_str", "BadStr", "<unprintable BadStr>")
        self.failure("bad_repr", "BadRepr", "told")
        self.failure("exiting_str", "ExitingStr", "<unprintable ExitingStr>")
        self.failure("no_str", "NoStr", "<unprintable NoStr>")
        self.failure("strange_str", "StrangeStr", "odd")
        self.failure("bad_meta", "BadMeta", "meta")
        if not PYPY:  # where to raise it is an error itself
            self.failure("bad_attributes", "BadAttributes", "told")
        self.failure("bad_code", "BadCode", "4", code=4)
        self.assertEqual(self.call("ok"), {"return": "ok"})

    def test_a5_recursion_and_memory_errors_are_told(self):
        answer = self.failure("recursion", "RecursionError")
        self.assertIn("in recursion", answer["x_traceback"])
        self.failure("memory", "MemoryError", "")
        self.failure("real_memory", "MemoryError")

    def test_a5_a_huge_message_loses_its_middle(self):
        answer = self.failure("huge_message", "ValueError")
        self.assertLessEqual(len(answer["exc_msg"]), 64 << 10)
        self.assertRegex(answer["exc_msg"], r"^x+ \[\.\.\. cut \.\.\.\] x+end$")
        self.assertLessEqual(len(answer["x_traceback"]), 64 << 10)
        self.assertIn("in huge_message", answer["x_traceback"])
        answer = self.failure("huge_cause", "ValueError", "short")
        self.assertLessEqual(len(answer["x_causes"][0]["exc_msg"]), 64 << 10)

    def test_a5_a_chain_of_a_million_is_cut(self):
        answer = self.failure("deep_chain", "ValueError", "999999")
        self.assertEqual(len(answer["x_causes"]), 100)
        self.assertEqual(answer["x_causes"][-1]["exc_msg"], "999998")
        self.assertEqual(answer["x_traceback"].count("ValueError: "), 101)

    def test_a5_a_circle_of_causes_is_cut(self):
        answer = self.failure("circle", "ValueError", "three")
        self.assertEqual([cause["exc_msg"] for cause in answer["x_causes"]], ["two", "one"])

    def told_causes(self, answer):
        return [(c["exc_type"], c["exc_msg"], c["relation"]) for c in answer["x_causes"]]

    def test_causes_come_root_first(self):
        answer = self.failure("chain", "RuntimeError", "top")
        self.assertEqual(
            self.told_causes(answer),
            [("KeyError", "'root'", "context"), ("ValueError", "middle", "cause")],
        )
        self.assertIn("in chain", answer["x_causes"][0]["traceback"])
        self.assertNotIn("ValueError", answer["x_causes"][0]["traceback"])
        self.assertIn("During handling of the above exception", answer["x_traceback"])
        self.assertIn("The above exception was the direct cause", answer["x_traceback"])

    def test_a_cause_has_the_traceback_that_python_prints_of_it(self):
        answer = self.failure("own_cause", "RuntimeError", "top")
        (cause,) = answer["x_causes"]
        self.assertEqual(cause["exc_type"], "OwnError")
        self.assertIn(".OwnError: own\n", cause["traceback"])
        self.assertIn(cause["traceback"], answer["x_traceback"])

    def test_a_suppressed_context_is_not_told(self):
        self.assertEqual(self.failure("suppressed", "ValueError")["x_causes"], [])

    def test_the_members_of_a_group_are_causes(self):
        answer = self.call("group")
        self.assertEqual(
            self.told_causes(answer),
            [
                ("ValueError", "one", "group"),
                ("OSError", "behind two", "cause"),
                ("TypeError", "two", "group"),
            ],
        )

    def test_notes_are_told(self):
        answer = self.failure("notes", "ValueError", "noted")
        self.assertEqual(answer["x_notes"], ["first", "<unprintable BadStr>"])

    def test_unsupported_operation_is_marked(self):
        self.assertIs(self.failure("unsupported", "Sub", "cannot")["x_unsupported"], True)

    def test_tracebacks_are_not_printed_unasked(self):
        self.failure("noisy", "ValueError", "noisy")
        self.assertEqual(self.the_host.errors(), "")


class PrintedTracebackTest(Case):
    def test_tracebacks_are_printed_when_wanted(self):
        host = self.started("def hook(): raise SystemExit(2)", trace=True)
        answer = host.call("hook")
        self.assertIn("SystemExit: 2", answer["x_traceback"])
        self.assertEqual(host.errors(), answer["x_traceback"])

    def test_a9_none_is_printed_for_a_missing_hook(self):
        host = self.started("", trace=True)
        self.assertEqual(host.call("build_wheel")["exc_type"], "MissingCommand")
        self.assertEqual(host.errors(), "")

    def test_d2_a_stderr_that_raises_does_not_matter(self):
        host = self.started(
            """
            import sys
            class Broken:
                def write(self, text): raise SystemExit(1)
                flush = write
            def hook():
                sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Broken()
                raise ValueError("told")
            """,
            trace=True,
        )
        self.assertEqual(host.call("hook")["exc_msg"], "told")


class ReturningTest(OneBackend):
    SOURCE = """
    import pathlib, sys
    def value(value=None): return value
    def a_tuple(): return ("a", 1, None, True, 1.5, {"k": [{}]})
    def a_set(): return {1}
    def some_bytes(): return b"x.whl"
    def a_path(): return [pathlib.PurePosixPath("x.whl")]
    def a_key(): return {(1, 2): 3}
    def nan(): return [float("nan")]
    def infinite(): return {"x": float("inf")}
    def surrogate(): return "x\\udfff.whl"
    def deep():
        sys.setrecursionlimit(10000000)
        value = []
        for _ in range(100000): value = [value]
        return value
    def circle():
        value = []
        value.append(value)
        return value
    def big(): return "\\u00e9" * 25000000
    def too_big(): return "x" * (64 << 20)
    class Exiting(dict):
        def items(self): raise SystemExit(5)
    def exiting():
        class Number(int):
            def __repr__(self): raise SystemExit(5)
            __str__ = __repr__
        return Number(7)
    """

    def test_json_values_come_as_they_are(self):
        for value in (None, "x.whl", "\u00e9\U0001f600\u2028\n\0", [], ["a"], {"k": 1.5}, 0, True):
            with self.subTest(value=value):
                self.assertEqual(self.call("value", {"value": value}), {"return": value})
        self.assertEqual(self.call("a_tuple"), {"return": ["a", 1, None, True, 1.5, {"k": [{}]}]})

    def test_a8_what_is_no_json_is_a_failure_that_names_hook_and_type(self):
        for hook, exc_type, words in (
            ("a_set", "TypeError", ["a_set", "type set"]),
            ("some_bytes", "TypeError", ["some_bytes", "type bytes"]),
            ("a_path", "TypeError", ["a_path", "type PurePosixPath"]),
            ("a_key", "TypeError", ["a_key"]),
            ("nan", "ValueError", ["nan returned"]),
            ("infinite", "ValueError", ["infinite"]),
            ("surrogate", "ValueError", ["surrogate returned", "surrogates not allowed"]),
            ("deep", "ValueError", ["deep", "nested"]),
            ("circle", "ValueError", ["circle"]),
        ):
            with self.subTest(hook=hook):
                answer = self.failure(hook, exc_type)
                for word in words:
                    self.assertIn(word, answer["exc_msg"])
                self.assertEqual(answer["x_causes"], [])

    def test_a8_a_value_whose_class_is_hostile_is_answered(self):
        self.assertIn(self.call("exiting").get("return"), (7, None))

    def test_a8_fifty_megabytes_come_whole(self):
        self.assertEqual(self.call("big"), {"return": "\u00e9" * 25000000})

    def test_a8_more_than_sixty_four_mebibytes_are_a_failure(self):
        answer = self.failure("too_big", "ValueError")
        self.assertIn("too_big returned 67108", answer["exc_msg"])


if __name__ == "__main__":
    unittest.main()
