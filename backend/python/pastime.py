# What this process does while nobody wants anything of it.


class Pastime:
    """Work in steps, each of them short. `steps` is a generator that yields what the next step
    waits for: a descriptor that is to be read, or None, and how many seconds at most, or None. It
    is sent whether it got that (True: the time passed, or the descriptor can be read), or a message
    came in between (False)."""

    def __init__(self, steps):
        self.steps = steps
        self.wish = None
        self.disturbed = False
        self._go_on(None)

    def until_message(self, channel):
        """Goes on with the work until `channel` has a message."""
        while self.wish is not None and not channel.has_message():
            if self.disturbed:
                self.disturbed = False
                self._go_on(False)
            elif self._gets_its_wish(channel):
                self._go_on(True)
        self.disturbed = True

    def _gets_its_wish(self, channel):
        fd, seconds = self.wish
        poller = poll()
        poller.register(channel.fd, POLLIN)
        if fd is not None:
            poller.register(fd, POLLIN)
        ready = poller.poll(None if seconds is None else seconds * 1000)
        return all(one != channel.fd for one, _ in ready)

    def _go_on(self, result):
        try:
            self.wish = self.steps.send(result)
        except Exception:  # nobody depends on it
            self.wish = None
