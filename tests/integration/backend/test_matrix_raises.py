"""Hooks that raise, and hooks that return what nobody can use: group A of the fault matrix."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from matrix import ISOLATIONS, SANITIZED, MatrixTest  # noqa: E402


class Raises(MatrixTest):
    def test_a1_exceptions_that_are_none(self):
        def traceback(_, cmd, answer):
            self.assertIn(f"in {cmd}\n", answer["x_traceback"])

        self.check_failures('''
            def exception(): raise Exception("one")
            def base(): raise BaseException("two")
            def generator_exit(): raise GeneratorExit("three")
            def group(): raise __import__("builtins").ExceptionGroup("four", [ValueError("five")])
        ''', {
            "exception": (1, "Exception", "one"),
            "base": (1, "BaseException", "two"),
            "generator_exit": (1, "GeneratorExit", "three"),
            **({"group": (1, "ExceptionGroup", "four")} if sys.version_info >= (3, 11) else {}),
        }, check=traceback)

    def test_a2_system_exit_of_every_kind(self):
        self.check_failures('''
            def exit_0(): raise SystemExit(0)
            def exit_none(): raise SystemExit
            def exit_7(): raise SystemExit(7)
            def exit_text(): raise SystemExit("text")
            def exit_object(): raise SystemExit(object())
            def exit_huge(): raise SystemExit(1 << 80)
        ''', {
            "exit_0": (0, "SystemExit", "0"),
            "exit_none": (0, "SystemExit", ""),
            "exit_7": (7, "SystemExit", "7"),
            "exit_text": (1, "SystemExit", "text"),
            "exit_object": (1, "SystemExit", "<object object at"),
            "exit_huge": (-1, "SystemExit", str(1 << 80)),
        })

    def test_a3_keyboard_interrupt_is_the_hooks_own(self):
        def not_a_stop(_backend, _cmd, answer):
            self.assertNotIn("x_cancelled", answer)
            self.assertNotIn("x_signal", answer)

        self.check_failures('''
            def interrupt(): raise KeyboardInterrupt("mine")
        ''', {"interrupt": (1, "KeyboardInterrupt", "mine")}, check=not_a_stop)

    def test_a4_exceptions_that_cannot_be_printed(self):
        self.check_failures('''
            import os, sys
            class BadStr(Exception):
                def __str__(self): raise RuntimeError("no text")
                __repr__ = __str__
            class ExitsInStr(Exception):
                def __str__(self): sys.exit(0)
                __repr__ = __str__
            class BadClass(Exception):
                @property
                def __class__(self): raise SystemExit(3)
            class NoText(Exception):
                def __str__(self): return 7
            class Leaves(Exception):
                def __str__(self): os._exit(3)
            class BadNotes(Exception):
                @property
                def __notes__(self): raise KeyboardInterrupt
            def bad_str(): raise BadStr
            def exits_in_str(): raise ExitsInStr
            def bad_class(): raise BadClass("text")
            def no_text(): raise NoText
            def bad_notes(): raise BadNotes("text")
            def leaves(): raise Leaves
        ''', {
            "bad_str": (1, "BadStr", "<unprintable BadStr>"),
            "exits_in_str": (1, "ExitsInStr", "<unprintable ExitsInStr>"),
            "bad_class": (1, "BadClass", "text"),
            "no_text": (1, "NoText", "<unprintable NoText>"),
            "bad_notes": (1, "BadNotes", "text"),
            "leaves": (3, "BackendDied", "exit code 3"),
        })

    def test_a5_what_is_too_deep_too_long_or_too_much(self):
        def bounded(_backend, _cmd, answer):
            self.assertLessEqual(len(answer["exc_msg"]), 64 << 10)
            self.assertLessEqual(len(answer.get("x_causes", [])), 100)

        length = 1 << (24 if SANITIZED else 28)
        self.check_failures(f'''
            def recursion():
                def again(): again()
                again()
            def memory(): raise MemoryError
            def no_memory(): bytearray(1 << 62)
            def long_message(): raise ValueError("x" * {length})
            def long_chain():
                error = None
                for _ in range({10**4 if SANITIZED else 10**6}):
                    error, last = ValueError("link"), error
                    error.__cause__ = last
                raise error
        ''', {
            "recursion": (1, "RecursionError", "recursion"),
            "memory": (1, "MemoryError", ""),
            "no_memory": (1, "MemoryError", ""),
            "long_message": (1, "ValueError", "[... cut ...]"),
            "long_chain": (1, "ValueError", "link"),
        }, check=bounded, controls=(True,))

    def test_a8_values_that_are_no_json(self):
        self.check_failures('''
            def a_set(): return {1, 2}
            def an_object(): return object()
            def some_bytes(): return b"name"
            def not_a_number(): return float("nan")
            def infinite(): return [float("inf")]
            def surrogate(): return "\\udfff"
            def deep():
                value = []
                for _ in range(100_000): value = [value]
                return value
        ''', {
            "a_set": (1, "TypeError", "not JSON serializable"),
            "an_object": (1, "TypeError", "not JSON serializable"),
            "some_bytes": (1, "TypeError", "not JSON serializable"),
            "not_a_number": (1, "ValueError", "not JSON serializable"),
            "infinite": (1, "ValueError", "not JSON serializable"),
            "surrogate": (1, "ValueError", "not JSON serializable"),
            "deep": (1, "ValueError", "nested too deeply"),
        })

    def test_a8_large_values_arrive_whole_or_not_at_all(self):
        project = self.project('''
            def large(size): return "x" * size
        ''')
        for control in (True, False):
            with self.subTest(control=control):
                backend = self.backend(project, control=control)
                size = (5 if SANITIZED else 50 if control else 10) << 20
                self.assertEqual(size, len(backend.call("large", kwargs={"size": size})["return"]))
                answer = backend.call("large", kwargs={"size": 70 << 20})
                self.check_failure(answer, 1, "ValueError", "too much")
                self.check_unharmed(backend)

    def test_a9_a_hook_that_is_not_there(self):
        def no_traceback(backend, cmd, answer):
            self.assertEqual(cmd != "exits", answer.get("x_missing", False))
            if cmd != "exits":
                self.assertNotIn("x_traceback", answer)
                self.assertNotIn(b"MissingCommand", backend.err)

        self.check_failures('''
            def __getattr__(name):
                if name == "exits": raise SystemExit(0)
                raise AttributeError(name)
            def _private(): return 1
        ''', {
            "build_nothing": (1, "MissingCommand", "has no attribute 'build_nothing'"),
            "__init__": (1, "MissingCommand", "has no attribute '__init__'"),
            "_private": (1, "MissingCommand", "has no attribute '_private'"),
            "exits": (0, "SystemExit", "0"),
        }, check=no_traceback)


class Compiled(MatrixTest):
    """C++ below Python: nothing there can catch it, so the hook's process ends."""

    source = f'''
        import ctypes, os, threading
        faults = ctypes.CDLL({os.environ["AXLE_HOOK_FAULTS"]!r})
        def throw_int(): faults.fault_throw_int()
        def throw_string(): faults.fault_throw_string()
        def violate(): faults.fault_violate()
        def thread_exit(): faults.fault_thread_exit()
        def thread_cancel(): faults.fault_thread_cancel()
    '''

    def test_a6_c_plus_plus_exceptions_end_the_hook_alone(self):
        self.check_failures(self.source, {
            "throw_int": (134, "BackendDied", "SIGABRT"),
            "throw_string": (134, "BackendDied", "SIGABRT"),
        })

    def test_a7_forced_unwinding_and_noexcept_end_the_hook_alone(self):
        self.check_failures(self.source, {"violate": (134, "BackendDied", "SIGABRT")})
        project = self.project(self.source)
        for cmd in ("thread_exit", "thread_cancel"):
            for isolation in ISOLATIONS:
                with self.subTest(cmd, isolation=isolation):
                    backend = self.backend(project, isolation)
                    answer = backend.call(cmd)
                    self.assertEqual("BackendDied", answer["exc_type"], answer)
                    self.check_unharmed(backend)


if __name__ == "__main__":
    unittest.main()
