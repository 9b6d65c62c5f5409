#!/usr/bin/env python3
"""How long the terminal interface takes, on a terminal: to the first frame, to the whole
image, and from a key to the frame that answers it.

  benches/tui_pty.py target/release/imgsize million.tar [--keys 200] [--seed 1]

A key's time is from the write into the terminal to the last byte of the frame that
answers it: of bytes between which there are at most 3 ms. What the worker brings later
is a frame of its own; the next key is pressed 60 ms after the last one, whatever goes on.
Keys that change nothing on the screen bring no byte, and are counted apart.
"""
import argparse, fcntl, os, pty, random, select, statistics, struct, sys, termios, time

p = argparse.ArgumentParser()
p.add_argument("program")
p.add_argument("image")
p.add_argument("--keys", type=int, default=200)
p.add_argument("--seed", type=int, default=1)
p.add_argument("--size", default="120x40")
a = p.parse_args()
columns, rows = map(int, a.size.split("x"))
GAP = 0.003

start = time.perf_counter()
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
    os.execv(a.program, [a.program, "tui", "--no-cache", "--no-config", a.image])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def until(words, most=120):
    seen = b""
    while words not in seen:
        if not select.select([fd], [], [], most)[0]:
            sys.exit(f"{words!r} did not come")
        seen += os.read(fd, 1 << 16)
    return time.perf_counter() - start


def answer(most=2.0):
    """Seconds until the last byte of the next frame; None if there is none."""
    begun, last = time.perf_counter(), None
    while select.select([fd], [], [], most if last is None else GAP)[0]:
        os.read(fd, 1 << 16)
        last = time.perf_counter()
    return None if last is None else last - begun


def memory():
    text = open(f"/proc/{pid}/status").read()
    return {k: int(v.split()[0]) // 1024 for k, v in (l.split(":", 1) for l in text.splitlines()) if k in ("VmHWM", "VmRSS")}


print(f"first frame after {until(b'Overview') * 1e3:.0f} ms")
print(f"whole image after {until(b'stored') * 1e3:.0f} ms")
for _ in range(10):
    answer(0.3)
print("memory in MB:", memory())
r = random.Random(a.seed)
KEYS = ["1", "2", "3", "4", "5", "6", "j", "k", "h", "l", "g", "G", " ", "\r", "E", "C", "s", "n", "N", "\t", "t", "u",
        "\x04", "\x15", "\x1b[5~", "\x1b[6~", "\x1b[A", "\x1b[B", "a", "[", "]", "/file\r", "flayer:3\r", "\x1b", "?", "d", "w", "p"]
times, none, slow = [], 0, []
for _ in range(a.keys):
    keys = r.choice(KEYS)
    # Words are typed: each letter is a key.
    for key in ([keys] if keys.startswith("\x1b") or len(keys) == 1 else keys):
        os.write(fd, key.encode())
        begun = time.perf_counter()
        took = answer(0.5)
        while (left := 0.06 - (time.perf_counter() - begun)) > 0:
            answer(left)
        if took is None:
            none += 1
        else:
            times.append(took)
            slow.append((took, key))
times.sort()
p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
print(f"{len(times)} keys with an answer, {none} without: median {statistics.median(times) * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, longest {times[-1] * 1e3:.1f} ms")
print("slowest:", [(f"{t * 1e3:.1f} ms", k) for t, k in sorted(slow)[-5:]])
print("memory in MB:", memory())
os.write(fd, b"\x1b")
answer(0.5)
os.write(fd, b"\x03")
begun = time.perf_counter()
os.waitpid(pid, 0)
print(f"left after {(time.perf_counter() - begun) * 1e3:.0f} ms")
