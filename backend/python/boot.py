# What axle-backend gives to `python -c`: it runs the program of parts.txt from descriptor 3.
(
    lambda space: (
        exec(compile(__import__("posix").pread(3, 1 << 20, 0), "<axle-backend>", "exec"), space),
        space["main"](3, 4),
    )
)({"__name__": "axle_backend", "__builtins__": vars(__import__("builtins")).copy()})
