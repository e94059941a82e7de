# How this process becomes quicker while nobody waits for it.

QUIET = 0.03  # seconds without a message until nobody waits
MOST_SPARES = 2
SPARES_LAST = 10.0  # seconds without a message; each takes about as much memory as this process
FAREWELL = 0.4  # seconds; the host is less patient than a second


class Warmth:
    """Trains this process once its first hook is done, keeps spare processes for the next hooks,
    and tells the host how warm that is."""

    def __init__(self, zygote, place):
        self.zygote = zygote
        self.place = place  # of the training
        self.trained = False
        self.trainer = None
        self.training = {}  # when it was, where the host does not know yet
        self.pages = None  # which a hook is known to use
        self.spares = []
        self.lifeline, self.lifeline_end = pipe()  # only closed, never written

    def steps(self):
        """For a Pastime."""
        calm = False
        while not calm or not self.zygote.hooks_done:
            calm = yield None, QUIET if self.zygote.hooks_done else None
        kept = self.zygote.lesson
        began = monotonic()
        if kept is not None and kept.left is not None:
            yield from self._take(kept.left)
        else:
            lesson = yield from self._ask_trainer(Trainer.learn)
            if lesson is not None:
                yield from self._take(list(lesson["steps"]))
                if kept is not None:
                    kept.keep(**lesson)
        if self.trained:
            self.training["training_began_us"] = int(began * 1e6)
            self.training["training_ended_us"] = int(monotonic() * 1e6)
        self._tell()
        self.pages = yield from self._ask_trainer(Trainer.measure)
        if self.pages is None:
            self.pages = all_pages()
        while True:
            yield from self._fill_up()
            self._tell()
            calm = yield None, SPARES_LAST
            if calm:
                self._drop_spares()
                self._tell()
                while (yield None, None):
                    pass
            while not calm:
                calm = yield None, QUIET

    def take_spare(self, fds):
        """A process that is ready for a hook and has got `fds` for it, now the caller's; None where
        there is none."""
        for spare in [spare for spare in self.spares if spare.ready]:
            self.spares.remove(spare)
            try:
                untouched = resource_limits_of(spare.pid) == self.zygote.limits
                if untouched and not spare.channel.has_message():
                    spare.channel.send_fds(fds)
                    return spare
            except OSError:
                pass
            spare.end()  # somebody has killed it
        return None

    def close(self):
        """For a child: nothing of this is its own."""
        close(self.lifeline)
        close(self.lifeline_end)
        if self.trainer is not None:
            self.trainer.close()
        for spare in self.spares:
            spare.channel.close()

    def children(self):
        """The processes that run for this."""
        return [child.pid for child in [*self.spares, self.trainer] if child is not None]

    def end(self):
        """Ends what runs."""
        self._drop_spares()
        if self.trainer is not None:
            # The other end of its lifeline is also its pupil's, which is killed with it.
            ended = poll()
            ended.register(os.dup(self.trainer.lifeline_end), 0)
            self.trainer.end()
            ended.poll(FAREWELL * 1000)
            attempt(lambda: __import__("shutil").rmtree(self.place, ignore_errors=True))

    def _tell(self):
        spares = sum(spare.ready for spare in self.spares)
        told = {"op": "warm", "trained": self.trained, "spares": spares}
        told.update(self.training)
        self.training = {}
        self.zygote.control.send(told)

    def _take(self, steps):
        while steps:
            step = steps.pop(0)
            attempt(lambda: take_step(*step))
            yield None, 0
        attempt(remember_entry_points, read_entry_points)
        gc.collect()
        self.zygote.settle()
        self.trained = True

    def _ask_trainer(self, job):
        """What the trainer tells of its job; None where it does not."""

        def work(report, lifeline):
            Trainer(self.zygote.backend, self.place, report, lifeline).work(job)

        self.trainer = Child(work, self.zygote.close)
        line = b""
        while len(line) <= LONGEST_LESSON:
            if not (yield self.trainer.report, None):
                continue  # a message came in between
            chunk = os.read(self.trainer.report, 1 << 16)
            line += chunk
            if not chunk:
                break
        trainer, self.trainer = self.trainer, None
        trainer.end()
        return decoded(line)

    def fork_ahead(self):
        """Where one hook follows the other: forks a process for the next one while this one runs.
        That makes pages its own only as it writes to them, and goes when there is time for better
        ones."""
        if self.trained and not any(spare.ready for spare in self.spares):
            attempt(lambda: self.spares.append(self.zygote.new_process(Spare, None, self.lifeline)))

    def _fill_up(self):
        self._drop_spares(only_bare=True)
        while len(self.spares) < MOST_SPARES:
            spare = self.zygote.new_process(Spare, self.pages, self.lifeline)
            self.spares.append(spare)
            while not spare.ready:
                if (yield spare.channel.fd, None):
                    if not spare.become_ready():
                        self.spares.remove(spare)
                        spare.end()
                        return

    def _drop_spares(self, only_bare=False):
        for spare in [spare for spare in self.spares if spare.bare or not only_bare]:
            self.spares.remove(spare)
            spare.end()
