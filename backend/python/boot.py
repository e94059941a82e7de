# What axle-backend gives to `python -c`: it runs the program of parts.txt from descriptor 3. Where
# an argument says how the paths of files begin in which something may be kept, the program comes
# from there, as an interpreter of this kind has compiled it.
def boot():
    del globals()["boot"]  # `__main__` stays clean
    import _imp
    import marshal
    import posix
    import sys

    code = file = None
    beginning = sys.argv[1] if len(sys.argv) > 1 else None
    if beginning:
        try:
            magic = sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
            file = "%s-%s-%s" % (beginning, sys.implementation.cache_tag, magic.hex())
            fd = posix.open(file, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW)
            try:
                found = posix.read(fd, 1 << 20)
            finally:
                posix.close(fd)
            if _imp.source_hash(0, found[8:]) == found[:8]:
                code = marshal.loads(found[8:])
        except Exception:  # it is not there, or not whole
            pass
    compiled = None
    if code is None:
        code = compile(posix.pread(3, 1 << 20, 0), "<axle-backend>", "exec")
        compiled = file and (file, code)
    space = {"__name__": "axle_backend", "__builtins__": vars(__import__("builtins")).copy()}
    exec(code, space)
    space["main"](3, 4, beginning, compiled)


boot()
