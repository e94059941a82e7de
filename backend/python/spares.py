# Processes that are forked before there is a hook for them, and their memory, which they make their
# own then: the first write to a page that is shared with another process costs more than the fork.

POPULATE_READ, POPULATE_WRITE = 22, 23  # advice for madvise, from Linux 5.14 on
PAGE = resource.getpagesize()
IN_MEMORY, OF_ONE_PROCESS = 1 << 63, 1 << 56  # of an entry in /proc/self/pagemap
MOST_PAGES_OF_A_MAPPING = 1 << 20


class Spare:
    """A child process that runs one hook, as soon as it is given one; it waits for that under the
    signal mask `mask`. `pages` are those that it makes its own before: it is `ready` when it has.
    Without them it is so at once, and `bare`. `lifeline` is a pipe whose end ends it while it
    waits."""

    def __init__(self, zygote, mask, pages, lifeline):
        self.bare = self.ready = pages is None
        self.used_before = 0, 0
        ours, theirs = _socket.socketpair()
        try:
            self.pid = zygote.fork()
        except OSError:
            ours.close()
            theirs.close()
            raise
        if self.pid == 0:
            try:
                lifeline = own_description(lifeline)
                zygote.close()
                ours.close()
                os.setsid()
                offer_for_oom()
                channel = Channel(theirs.detach())
                die_with(lifeline)
                used = self.used_before
                if not self.bare:
                    attempt(lambda: make_own(pages))
                    used = processor_time(own_usage(OURSELVES))
                    channel.send({"op": "ready", "used": used})
                self._serve(zygote, channel, mask, lifeline, used)
            finally:
                _exit(0)
        theirs.close()
        self.channel = Channel(ours.detach())

    def become_ready(self):
        """Takes in its word that it is; false: it is gone."""
        told = self.channel.receive()
        self.ready = told is not None
        if told is not None:
            self.used_before = told["used"]
        return self.ready

    @staticmethod
    def _serve(zygote, channel, mask, lifeline, used):
        fds = channel.receive_fds()
        if not fds:
            return
        reply = move_in(*fds)
        request = channel.receive()
        if request is None:
            return  # the host does not know of us, and never will
        channel.close()
        fcntl(lifeline, F_SETFL, 0)  # from now on we outlive the zygote
        close(lifeline)
        zygote.run_here(request, reply, mask, used)

    def run(self, request):
        """Lets the hook begin; the descriptors for it have been sent."""
        self.channel.send(request)
        self.channel.close()

    def end(self):
        kill_group(self.pid)
        waitpid(self.pid, 0)
        self.channel.close()


def own_description(fd):
    """Another descriptor for a pipe, with settings of its own."""
    return move_high(open_fd(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK))


def private_mappings():
    """The start, the end, and whether it can be written to, of each mapping of this process whose
    pages are, or can become, its own."""
    with open("/proc/self/maps", "rb") as file:
        lines = file.read().splitlines()
    for line in lines:
        span, mode, *_ = line.split()
        if mode.startswith(b"r") and mode.endswith(b"p") and not line.endswith(b"]"):
            start, end = (int(part, 16) for part in span.split(b"-"))
            yield start, end, b"w" in mode
        elif line.endswith(b"[heap]"):
            start, end = (int(part, 16) for part in span.split(b"-"))
            yield start, end, True


def used_pages():
    """What this process has used of its memory since it was forked, as far as the system tells:
    ranges (start, length) that it has written to, and that it has read."""
    written, read = [], []
    fd = open_fd("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
    try:
        for start, end, writable in list(private_mappings()):
            count = min((end - start) // PAGE, MOST_PAGES_OF_A_MAPPING)
            entries = memoryview(os.pread(fd, 8 * count, start // PAGE * 8)).cast("Q")
            wanted = IN_MEMORY | OF_ONE_PROCESS if writable else IN_MEMORY
            ranges, first = written if writable else read, None
            for number, entry in enumerate([*entries, 0]):
                if entry & wanted == wanted:
                    first = number if first is None else first
                elif first is not None:
                    ranges.append((start + first * PAGE, (number - first) * PAGE))
                    first = None
    finally:
        close(fd)
    return {"written": written, "read": read}


def all_pages():
    """The same where nothing is known."""
    ranges = [(start, end - start, writable) for start, end, writable in private_mappings()]
    return {
        "written": [(start, length) for start, length, writable in ranges if writable],
        "read": [(start, length) for start, length, writable in ranges if not writable],
    }


def make_own(pages):
    """Has `pages` copied now, and mapped; where the system cannot, that is left to the hook."""
    import _ctypes  # all of ctypes would be found in a hook that has not asked for it

    kinds = {"__module__": "axle_backend"}
    address = type("address", (_ctypes._SimpleCData,), {**kinds, "_type_": "P"})
    size = type("size", (_ctypes._SimpleCData,), {**kinds, "_type_": "L"})
    madvise = _ctypes.dlsym(_ctypes.dlopen(None, 0), "madvise")
    for kind, advice in (("written", POPULATE_WRITE), ("read", POPULATE_READ)):
        for start, length in pages[kind]:
            _ctypes.call_function(madvise, (address(start), size(length), advice))
