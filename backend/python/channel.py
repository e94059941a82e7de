# What our processes say to each other.


class Channel:
    """A socket: lines of JSON, and descriptors that come with them."""

    def __init__(self, fd):
        self.fd = move_high(fd)
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, self.fd)
        self._partial = []
        self._lines = []
        self._fds = []

    def send(self, message):
        """Tells the other side. That it is gone is found out by `receive`."""
        try:
            self._socket.sendall(encode(message))
        except OSError:
            pass

    def send_fds(self, fds):
        """Sends `fds`, which stay the caller's; the message that they belong to comes next."""
        payload = b"".join(fd.to_bytes(4, sys.byteorder) for fd in fds)
        self._socket.sendmsg([b"\n"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, payload)])

    def has_message(self):
        """Whether `receive` has something to return now, be it the end."""
        if any(line.strip() for line in self._lines):
            return True
        poller = poll()
        poller.register(self.fd, POLLIN)
        return bool(poller.poll(0))

    def receive(self):
        """The next message; None when the other side is gone."""
        while True:
            while self._lines:
                line = self._lines.pop(0)
                if line.strip():
                    return decode_json(line.decode())
            if not self._read():
                return None

    def receive_fds(self):
        """The descriptors that come before the next message, now the caller's; none where there was
        no room for them, or the other side is gone."""
        while not self._fds and self._read():
            pass
        return self.take_fds() if self._fds else []

    def _read(self):
        """Takes in what has come, or waits for it; false at the end."""
        try:
            room = 1 << 16, _socket.CMSG_SPACE(64)
            data, extra, flags, _ = self._socket.recvmsg(*room, _socket.MSG_CMSG_CLOEXEC)
        except OSError:
            return False
        if not data:
            return False
        fds = []
        for level, kind, payload in extra:
            if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                fds += self._fds_in(payload)
        if flags & _socket.MSG_CTRUNC:  # this process has no room for all of them
            for fd in fds:
                close(fd)
            self._fds.append([])
        elif fds:
            self._fds.append(fds)
        head, *others = data.split(b"\n")
        self._partial.append(head)
        for part in others:
            self._lines.append(b"".join(self._partial))
            self._partial = [part]
        return True

    @staticmethod
    def _fds_in(payload):
        places = range(0, len(payload) - 3, 4)
        return [int.from_bytes(payload[at : at + 4], sys.byteorder) for at in places]

    def take_fds(self):
        """The descriptors that came with the present message, now the caller's; none where there
        was no room for them."""
        return self._fds.pop(0)

    def hangs_up_within(self, seconds):
        """Waits for the end of the other side; false if that has not come by then."""
        poller = poll()
        poller.register(self.fd, 0)  # for the hang-up alone
        return bool(poller.poll(seconds * 1000))

    def close(self):
        """Closes the socket, and what came through it and was not taken."""
        self._socket.close()
        for fd in sum(self._fds, []):
            close(fd)
