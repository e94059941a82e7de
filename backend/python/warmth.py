# How this process becomes quicker while nobody waits for it.

QUIET = 0.03  # seconds without a message until nobody waits
FAREWELL = 0.4  # seconds; the host is less patient than a second


class Warmth:
    """Trains this process once its first hook is done, and tells the host how warm it is."""

    def __init__(self, zygote):
        self.zygote = zygote
        self.trained = False
        self.trainer = None

    def steps(self):
        """For a Pastime."""
        calm = False
        while not calm or not self.zygote.hooks_done:
            calm = yield None, QUIET if self.zygote.hooks_done else None
        yield from self._train()
        self._tell()

    def close(self):
        """For a child: nothing of this is its own."""
        if self.trainer is not None:
            self.trainer.close()

    def end(self):
        """Ends what runs."""
        if self.trainer is not None:
            # It sees that we are gone, and removes its files.
            close(self.trainer.lifeline_end)
            self.trainer.lifeline_end = os.dup(self.trainer.report)
            read_answer(self.trainer.report, self.trainer.report, FAREWELL)
            self.trainer.end()

    def _tell(self):
        self.zygote.control.send({"op": "warm", "trained": self.trained, "spares": 0})

    def _train(self):
        lesson = yield from self._lesson()
        if lesson is None:
            return
        for step in lesson["steps"]:
            attempt(lambda: take_step(*step))
            yield None, 0
        gc.collect()
        gc.freeze()
        self.trained = True

    def _lesson(self):
        """What the trainer tells."""
        self.trainer = self.zygote.child(lambda *ends: Trainer(self.zygote.backend, *ends).work())
        line = b""
        while len(line) <= LONGEST_LESSON:
            if not (yield self.trainer.report, None):
                continue  # a message came in between
            chunk = os.read(self.trainer.report, 1 << 16)
            line += chunk
            if not chunk:
                break
        self.trainer.end()
        self.trainer = None
        return decoded(line)
