"""Runs a command under a seccomp filter as if the kernel had no openat2, as before Linux 5.6.

usage: no_openat2.py COMMAND ...
"""
import ctypes
import os
import struct
import sys

OPENAT2 = 437  # on all machines
program = [
    (0x20, 0, 0, 0),  # the number of the call
    (0x15, 0, 1, OPENAT2),
    (0x06, 0, 0, 0x00050000 | 38),  # ENOSYS
    (0x06, 0, 0, 0x7FFF0000),
]
code = b"".join(struct.pack("HBBI", *line) for line in program)
buffer = ctypes.create_string_buffer(code)


class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


libc = ctypes.CDLL(None, use_errno=True)
given = Program(len(program), ctypes.addressof(buffer))
for call in ((38, 1, 0, 0, 0), (22, 2, ctypes.byref(given), 0, 0)):  # no new rights; the filter
    if libc.prctl(*call) != 0:
        sys.exit("no_openat2: prctl: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
