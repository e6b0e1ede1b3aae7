"""press.py -- presses keys at a program on a terminal of its own.

  press.py TEXT KEY [TEXT KEY ...] -- COMMAND ...

Waits until TEXT was shown since the last key, then sends KEY (\\x1b and such are read as Python has
them).  Writes all that the terminal got and ends as the program did; 99 when a text does not come.
"""
import fcntl, os, pty, select, struct, sys, termios, time

DEADLINE_S = 60


def read_some(fd, until):
    ready, _, _ = select.select([fd], [], [], max(0, until - time.monotonic()))
    try:
        return os.read(fd, 65536) if ready else b""
    except OSError:
        return None


def main(argv):
    split = argv.index("--")
    script, command = argv[:split], argv[split + 1:]
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    everything, until = b"", time.monotonic() + DEADLINE_S
    for text, key in zip(script[::2], script[1::2]):
        seen = b""
        while text.encode() not in seen:
            more = read_some(fd, until)
            if not more:
                sys.stdout.buffer.write(everything + seen)
                print("\npress: %r did not come" % text)
                sys.exit(99)
            seen += more
        everything += seen
        os.write(fd, key.encode("latin-1").decode("unicode_escape").encode())
    while True:
        more = read_some(fd, until)
        if not more:
            break
        everything += more
    _, status = os.waitpid(pid, 0)
    sys.stdout.buffer.write(everything)
    sys.exit(os.waitstatus_to_exitcode(status))


main(sys.argv[1:])
