# How an exception is told. Its class, its attributes and its __str__ may be anything.

type_name = type.__dict__["__name__"].__get__
full_name = type.__dict__["__qualname__"].__get__
module_name = type.__dict__["__module__"].__get__
cause_of = BaseException.__cause__.__get__  # the slots themselves, whatever overrides them
context_of = BaseException.__context__.__get__
suppresses_context = BaseException.__suppress_context__.__get__
traceback_of = BaseException.__traceback__.__get__
exit_argument_of = SystemExit.code.__get__
_traceback = None


def formatter():
    """The module traceback; it is not needed to start."""
    global _traceback
    if _traceback is None:
        import traceback as _traceback
    return _traceback


def clean(text):
    """`text` as a plain str which UTF-8 can hold; without its middle if it is very long."""
    text = "".join([text])
    half = LONGEST_TEXT // 2 - 16
    middle = max(half, len(text) - half)
    head = text[:half].encode("utf-8", "backslashreplace")
    tail = text[middle:].encode("utf-8", "backslashreplace")
    if len(text) <= 2 * half and len(head) + len(tail) <= 2 * half:
        return (head + tail).decode()
    kept = head[:half].decode("utf-8", "ignore"), tail[-half:].decode("utf-8", "ignore")
    return " [... cut ...] ".join(kept)


def printable(convert, thing):
    """`str` or `repr` of `thing`, whatever it raises."""
    try:
        return clean(convert(thing))
    except BaseException:
        return f"<unprintable {type_name(type(thing))}>"


def exit_code(error):
    """The exit code that the interpreter would make of `error`."""
    if not issubclass(type(error), SystemExit):
        return 1
    code = exit_argument_of(error)
    if code is None:
        return 0
    if not issubclass(type(code), int):
        return 1
    code = int.__index__(code)
    return code if -(1 << 31) <= code < 1 << 31 else -1


def notes_of(error):
    """PEP 678."""
    try:
        return [printable(str, note) for note in list(error.__notes__)[:MOST_NOTES]]
    except BaseException:
        return []


def members_of(error):
    """The exceptions in a group, be it Python's or the backport's."""
    try:
        members = error.exceptions
        assert type(members) in (tuple, list)
        return [one for one in members if issubclass(type(one), BaseException)]
    except BaseException:
        return []


def causes_of(error):
    """The exceptions behind `error` that Python would print, each with its relation to the one
    that it is behind; root causes first. Of very many, the nearest and the farthest."""
    found, seen, waiting = [], {id(error)}, [(error, "")]
    while waiting and len(found) < 100 * MOST_CAUSES:
        current, relation = waiting.pop()
        found.append((current, relation))
        behind = [(cause_of(current), "cause")]
        if behind[0][0] is None and not suppresses_context(current):
            behind = [(context_of(current), "context")]
        for one, how in behind + [(member, "group") for member in members_of(current)]:
            if one is not None and id(one) not in seen:
                seen.add(id(one))
                waiting.append((one, how))
    found = found[:0:-1]  # without `error` itself
    if len(found) > MOST_CAUSES:
        del found[MOST_CAUSES // 2 : -MOST_CAUSES // 2]
    return found


def from_the_hook_on(error):
    """The traceback of `error` without the frames of this program: those that have called the hook,
    and one that was called by a signal in the middle of it."""
    trace = traceback_of(error)
    while is_of_ours(trace):
        trace = trace.tb_next
    last = trace
    while last is not None:
        if is_of_ours(last.tb_next) and last.tb_next.tb_frame.f_code.co_name == "write_stacks":
            last.tb_next = None
        last = last.tb_next
    return trace


def is_of_ours(trace):
    return trace is not None and trace.tb_frame.f_code.co_filename == OURS


def line_of(error, exc_msg):
    """The last line of its traceback, as Python ends it."""
    name = clean(full_name(type(error)))
    try:
        module = clean(module_name(type(error)))
        if module not in ("builtins", "__main__"):
            name = module + "." + name
    except BaseException:
        pass  # a class may have any object for it
    return (name + ": " + exc_msg if exc_msg else name) + "\n"


def describe_alone(error):
    """What one exception says, without those behind it."""
    told = {"exc_type": clean(type_name(type(error))), "exc_msg": printable(str, error)}
    text = line_of(error, told["exc_msg"])
    try:  # Not format_exception, which walks along all causes.
        frames = formatter().format_tb(from_the_hook_on(error), -MOST_FRAMES)
        if frames:
            text = "".join(["Traceback (most recent call last):\n", *frames, text])
    except BaseException:
        pass
    told["traceback"] = clean(text)
    told["notes"] = notes_of(error)
    return told


def traceback_text(error, tree):
    """The traceback of `error` and all that is behind it, which `tree` describes."""
    long = any(len(one["exc_msg"]) > LONGEST_TEXT // 2 for one in tree)
    if len(tree) <= MOST_CAUSES and not long:
        try:  # Python prints it best; but it copies long texts, and many causes take for ever.
            trace = from_the_hook_on(error)
            lines = formatter().format_exception(type(error), error, trace, -MOST_FRAMES)
            return clean("".join(lines))
        except BaseException:
            pass
    return clean("\n".join(one["traceback"] for one in tree))


def describe(error, backend):
    """The keys of a failure."""
    failure = {"code": exit_code(error)}
    told = describe_alone(error)
    failure["exc_type"], failure["exc_msg"] = told["exc_type"], told["exc_msg"]
    if type(error) is MissingCommand:
        failure["x_missing"] = True
        return failure
    try:
        if isinstance(error, backend.UnsupportedOperation):
            failure["x_unsupported"] = True
    except BaseException:
        pass  # the backend need not have it
    causes = [dict(describe_alone(one), relation=how) for one, how in causes_of(error)]
    failure["x_traceback"] = traceback_text(error, causes + [told])
    failure["x_causes"] = causes
    failure["x_notes"] = told["notes"]
    return failure


def describe_anyhow(error, backend=None, longest=LONGEST_REPLY):
    """The same, come what may, and in no more than `longest` bytes."""
    try:
        failure = describe(error, backend)
        if len(encode(failure)) > longest:
            del failure["x_causes"], failure["x_notes"]
        return failure
    except BaseException:
        return {"code": 1, "exc_type": type_name(type(error)), "exc_msg": "<undescribable>"}
