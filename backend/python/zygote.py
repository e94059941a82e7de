# The process itself: between the host and the hooks. Its program begins in base.py.

NOT_THE_LAST = "build_sdist"  # hook of a build, in most of them; and it takes its time
LAST = "build_wheel", "build_editable"


class RunningHook:
    """A hook process that is not reaped yet: its hook, its reply pipe, and the microseconds of
    processor time that it had taken before it was given that hook."""

    def __init__(self, name, reply, used_before):
        self.name = name
        self.reply = reply
        self.used_before = used_before


class Zygote:
    """Between the host and the hooks. Of foreign code it runs only the import of the backend, and
    with the isolation `inline` the hooks."""

    def __init__(self, control, kept):
        self.control = control
        self.kept = kept  # how the paths of files begin that are kept for the next; or None
        self.backend = None
        self.inside = False  # hooks run in this process
        self.fresh = False  # and it ends with the first
        self.offered = False  # where memory runs out, this process goes before the host
        self.print_traceback = False
        self.running = {}  # the hooks whose processes are not reaped yet, by these
        self.hooks_done = 0
        self.built = False  # one of them was the last of a build
        self.built_again = False  # and others came after it
        self.environment = None  # of this process
        self.inheritance = None  # what this process adds to the variables of a command
        self.freshness = None  # of what hooks find imported
        self.limits = None  # that hooks inherit
        self.children = None  # where the system lists them
        self.lesson = None  # that is kept
        self.warmth = None
        self.pastime = None

    def serve(self, compiled):
        """Answers the host until it wants no more. Does not return. `compiled`: where this program
        is to be kept, and what; None where it is."""
        message = self.control.receive()
        if message is None:
            _exit(0)
        answer = self.start(message)
        flush()  # or every hook process would print it again
        self.control.send(answer)
        if answer["op"] == "failed":
            _exit(1)
        if self.freshness is not None:
            self.tell_files()
        attempt(formatter)  # no hook waits for it now
        if compiled is not None:
            attempt(lambda: keep_code(*compiled))
        if not self.inside:
            # The system sends it when the host dies. By the end of the socket we learn of that
            # ourselves, and then we have hooks to end first.
            signal(SIGTERM, SIG_IGN)
        if self.warmth is not None:
            self.pastime = Pastime(self.warmth.steps())
        while True:
            if self.pastime is not None and not self.running:
                self.pastime.until_message(self.control)
            else:
                self.while_a_hook_runs()
            message = self.control.receive()
            if message is None or message["op"] == "stop":
                break
            if message["op"] == "run":
                fds = self.control.take_fds()
                if self.limits is not None and resource_limits() != self.limits:
                    # A hook has changed them, which was the end of their being the caller's.
                    self.control.send({"op": "stale", "id": message["id"]})
                    break
                if not fds:
                    self.tell_failure(message, OSError(*NO_DESCRIPTORS))
                elif not self.run(message, *fds):
                    break
            elif message["op"] == "reap" and not self.reap(message["pid"]):
                break
        for pid in self.running:
            kill_group(pid)
        if self.warmth is not None:
            self.warmth.end()
        if message is not None:
            finish()
        _exit(0)

    def while_a_hook_runs(self):
        if self.lesson is not None and self.more_to_come():
            if self.lesson.take_more(self.control):
                self.settle()
        if self.warmth is not None and not self.control.has_message():
            sched_yield()  # the hook may have been woken on our processor
            self.warmth.fork_ahead()

    def more_to_come(self):
        """Whether further hooks will build something, as far as one knows: after an sdist, and where
        one build is done and another one has begun."""
        return self.built_again or any(hook.name == NOT_THE_LAST for hook in self.running.values())

    def settle(self):
        """Modules that were imported after the start belong to what each hook finds, too."""
        if self.children is not None and not self.running:  # or some could be a hook's
            attempt(lambda: self.children.adopt(self.own_children()))
        if self.freshness is not None and self.freshness.remember_modules():
            self.tell_files()
        attempt(remember_entry_points)
        self.environment = dict(os.environ)
        if hasattr(gc, "freeze"):
            gc.freeze()

    def tell_files(self):
        """Lets the host look in our place, where it can and that is not too much for a message."""
        message = {"op": "watch", "files": self.freshness.appearances()}
        try:
            tellable = len(encode(message)) <= LONGEST_CONTROL
        except ValueError:  # a path that cannot be one
            tellable = False
        if not tellable:
            message["files"] = None
        self.control.send(message)

    def start(self, message):
        """Imports the backend, or lets a child try to; returns the answer."""
        folders = message.get("backend_path") or []
        self.backend = Backend(message["backend"], message.get("object") or "", folders)
        self.fresh = message.get("isolation") == "fresh"
        self.inside = self.fresh or message.get("isolation") == "inline"
        self.print_traceback = bool(message.get("print_traceback"))
        if message.get("stack_fd") is not None:
            tell_stacks(
                message["stack_fd"], message["stack_signal"], message["rude_stack_signal"]
            )
        gc.disable()  # little of what an import makes is garbage
        names = []
        if folders and not self.inside:
            try:
                answer = self.try_import()
            except OSError as error:  # no room for its process
                answer = {"op": "failed", "failure": describe_anyhow(error, None, LONGEST_CONTROL)}
        else:
            reads = NotedReads()
            answer = self.backend.introduce()
            reads.end()
            names = reads.names
            if self.kept and not self.inside and answer["op"] == "started":
                attempt(self.take_lesson)
        if not self.inside:
            attempt(remember_entry_points)
        if hasattr(gc, "freeze"):
            # A collection in a hook process must not touch, and so copy, every page of ours; and
            # a hook is over too soon for many of them to be worth while.
            gc.freeze()
            gc.set_threshold(COLLECT_AFTER, 10, 10)
        gc.enable()
        if message.get("warm") and not self.inside and not folders and hasattr(gc, "freeze"):
            self.warmth = Warmth(self, message["warm"])
        if not message.get("immutable_environment") and not self.inside:
            self.freshness = Freshness()
        self.environment = dict(os.environ)
        self.inheritance = Inheritance(message.get("environment", os.environ), names)
        if not self.inside:
            self.limits = resource_limits()
            attempt(self.watch_children)
        prepare_signals()  # the import may have changed them
        answer["threads"] = count_threads()
        answer["python"] = "%d.%d.%d" % sys.version_info[:3]
        answer["implementation"] = sys.implementation.name
        return answer

    def watch_children(self):
        self.children = Children()

    def own_children(self):
        """Those that this process has made itself."""
        return {*self.running, *(self.warmth.children() if self.warmth is not None else ())}

    def take_lesson(self):
        lesson = KeptLesson(self.kept, self.backend)
        lesson.take()
        self.lesson = lesson

    def try_import(self):
        """The answer of a child that has imported the backend."""
        work, host = self.backend.introduce, self.control.fd
        answer, status = ask_child(work, host, self.close, forking=self.fork)
        if answer is not None:
            return answer
        if status is None:  # it is the host that is gone
            _exit(0)
        return {"op": "failed", "failure": self.describe_death(status)}

    def describe_death(self, status):
        """The failure of an import that ended its process."""
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            code, how = 128 + number, f"was killed by {signal_name(number)}"
        else:
            number = 0
            code, how = os.WEXITSTATUS(status) or 1, f"exited with code {os.WEXITSTATUS(status)}"
        text = f"the process that imported {self.backend.module} {how}"
        return {"code": code, "exc_type": "BackendDied", "exc_msg": text, "x_signal": number}

    def run(self, message, reply, lifeline=None):
        """Runs a hook: begins its process, or is that process. False: this one is to leave."""
        if message.get("env") is not None:
            lacking = self.inheritance.lacks(message["env"])
            if lacking and (self.fresh or not self.inside):
                self.control.send({"op": "stale", "id": message["id"], "variables": lacking})
                return False
            self.inheritance.bestow(message["env"])
            # Hook processes begin with the environment of this one: they need only what differs.
            now = dict(os.environ) if self.inside else self.environment
            message["env"] = differences(now, message["env"])
        if self.inside:
            self.run_inside(message, reply, lifeline)
            return True
        fds = [reply] if lifeline is None else [reply, lifeline]
        stays = self.begin_hook(message, fds)
        for fd in fds[1:]:
            close(fd)
        return stays

    def run_inside(self, message, reply, lifeline):
        # A SIGINT for the hook waits until the hook can catch it.
        mask = pthread_sigmask(SIG_BLOCK, [SIGINT])
        self.control.send({"op": "forked", "id": message["id"], "pid": getpid()})
        if not self.offered:
            offer_for_oom()
            self.offered = True
        snapshot = None if self.fresh else Snapshot()
        call = HookCall(message, move_high(reply), self.print_traceback)
        if lifeline is not None:
            call.lifeline = move_high(lifeline)
            die_with(call.lifeline)
        call.perform(self.backend, mask)
        if not call.answered:
            _exit(1)  # the host waits for an answer or for this
        call.close()
        if self.fresh:
            # Now only the system's word that the host is gone can end us.
            attempt(lambda: signal(SIGTERM, SIG_DFL))
            attempt(lambda: pthread_sigmask(SIG_UNBLOCK, [SIGTERM]))
            finish()
            _exit(0)
        if not snapshot.restore():
            _exit(0)  # the host starts another for the next hook
        pthread_sigmask(SIG_SETMASK, mask)

    def begin_hook(self, message, fds):
        """Begins the hook in a process of its own, with `fds`: the reply pipe, and perhaps a
        lifeline. It begins only when the host knows of the process. False: it does not, for what
        it would find imported has changed."""
        self.built_again = self.built
        self.built = self.built or message["cmd"] in LAST
        # The hook can open its pipe anew here, where the host lets nobody look into it.
        message["reply"] = f"/proc/{getpid()}/fd/{fds[0]}"
        process = self.warmth and self.warmth.take_spare(fds)
        if process is None:
            try:
                process = self.new_process(HookProcess, message, fds)
            except OSError as error:
                self.tell_failure(message, error)
                close(fds[0])
                return True
        # It takes a while to come to life, in which we have the time to look.
        if self.freshness is not None and message.get("look", True):
            if self.freshness.is_lost():
                process.end()
                self.control.send({"op": "stale", "id": message["id"]})
                return False
            self.tell_files()
        self.running[process.pid] = RunningHook(message["cmd"], fds[0], process.used_before)
        self.control.send({"op": "forked", "id": message["id"], "pid": process.pid})
        process.run(message)
        return True

    def new_process(self, kind, *more):
        # A SIGINT for the hook waits until the hook can catch it.
        mask = pthread_sigmask(SIG_BLOCK, [SIGINT])
        try:
            return kind(self, mask, *more)
        finally:
            pthread_sigmask(SIG_SETMASK, mask)

    def run_here(self, request, reply, mask, used_before):
        """For the process of a hook, which had taken `used_before` of the processor: runs it."""
        call = HookCall(request, reply, self.print_traceback)
        call.perform(self.backend, mask)
        finish()  # with all signals blocked: the hook's handlers must not lead us astray
        attempt(lambda: call.take_leave(used_before))

    def close(self):
        """For a child: nothing of this is its own."""
        self.control.close()
        if self.children is not None:
            self.children.close()
        for hook in self.running.values():
            close(hook.reply)
        if self.warmth is not None:
            self.warmth.close()

    def fork(self):
        """Forks; where there are too many processes, it tries again for a while."""
        for pause in FORK_PAUSES:
            try:
                return fork()
            except BlockingIOError:
                if self.control.hangs_up_within(pause):
                    raise
        return fork()

    def tell_failure(self, message, error):
        """There is no hook process for `message`."""
        failure = describe_anyhow(error, None, LONGEST_CONTROL)
        self.control.send({"op": "failed", "id": message["id"], "failure": failure})

    def reap(self, pid):
        """False: this process is to leave."""
        try:
            _, status, used = wait4(pid, 0)
        except ChildProcessError:  # not ours, or somebody has reaped it
            status, used = 1 << 8, None
        told = {"op": "reaped", "pid": pid, "status": status}
        hook = self.running.pop(pid, None)
        if hook is not None:
            self.hooks_done += 1
            close(hook.reply)
            if used is not None:
                told["user_us"], told["system_us"] = own_time(processor_time(used), hook.used_before)
        strangers = self.children is not None and self.children.has_strangers(self.own_children())
        if strangers:
            told["strangers"] = True
        self.control.send(told)
        return not strangers


def main(source_fd, control_fd, kept=None, compiled=None):
    close(source_fd)
    sys.argv[:] = ["axle-backend"]
    prepare_signals()
    prepare_output()
    Zygote(Channel(control_fd), kept).serve(compiled)
