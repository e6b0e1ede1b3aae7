--- What a policy forbids and what was once refused without a word: programs outside of the room's
--- PATH, loaders, files that become executable later, raw sockets, calls of 32 bits.
local policies = dofile("tests/e2e/policy_support.lua")

--- Two calls as the bytes of their machine code: as a program of 32 bits makes them, and of x32.
local INT80 = [[
import mmap, signal
def calls(code):
    pid = os.fork()
    if pid == 0:
        m = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        m.write(code)
        at = ctypes.addressof(ctypes.c_char.from_buffer(m))
        ctypes.CFUNCTYPE(ctypes.c_int)(at)()
        print("did call")
        sys.stdout.flush()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    print("ended by", os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
calls(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")       # getpid() by int 0x80
calls(b"\xb8\x27\x00\x00\x40\x0f\x05\xc3")       # getpid() of x32
]]

local MEDIUM = 'security_level = "medium"'
local OUTSIDE = "tools/odd"

local ATTACKS = {
  {
    name = "a file that becomes executable later",
    policy = MEDIUM,
    python = [[
import mmap
open("/room/code", "wb").write(b"\xc3" * 4096)
fd = os.open("/room/code", os.O_RDWR)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                      ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
at = libc.mmap(None, 4096, 1, 2, fd, 0)
if libc.mprotect(at, 4096, 5) == 0: print("did protect")]],
    code = "H001", says = { "load `/room/code`" },
  },
  {
    name = "a deleted file that becomes executable later",
    policy = MEDIUM,
    python = [[
open("/tmp/code", "wb").write(b"\xc3" * 4096)
fd = os.open("/tmp/code", os.O_RDWR); os.unlink("/tmp/code")
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
                      ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
at = libc.mmap(None, 4096, 1, 1, fd, 0)
if libc.mprotect(at, 4096, 5) == 0: print("did protect")]],
    code = "H001", says = { "load `/tmp/code" },
  },
  {
    name = "a raw socket",
    policy = MEDIUM,
    python = 'tries("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))\n'
      .. 'tries("raw", lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58))',
    code = "H002", says = { "open `a raw socket`, 2 times" },
  },
  {
    name = "calls of 32 bits and of x32",
    policy = MEDIUM,
    python = INT80,
    code = "H013 H013", says = { "system call 20 of 32 bits", "system call 39 of x32" },
  },
  {
    name = "calls of 32 bits in a room that watches commands only",
    policy = 'disallowed_commands = ["od"]',
    python = INT80,
    code = "H013 H013", says = { "system call 20 of 32 bits" },
  },
  {
    name = "a command without the memory to begin",
    policy = 'disallowed_commands = ["od"]',
    shell = "(ulimit -v 100; exec od /dev/null) && echo ran; echo PASS",
    code = "H005", says = { "`od /dev/null`" },
  },
  {
    name = "a command in the PATH of a line of shell",
    policy = 'disallowed_commands = ["odd"]',
    shell = "PATH=/project/tools odd 1 2 && echo ran; echo PASS",
    code = "H005", says = { "sh %(pid %d+.* tried to run `odd 1 2`" },
  },
  {
    name = "a command by a path that is in no PATH",
    policy = 'disallowed_commands = ["odd"]',
    shell = "/project/tools/odd && echo ran; cd /project/tools; ./odd && echo ran; echo PASS",
    code = "H005 H005", says = { "`/project/tools/odd`", "`./odd`" },
  },
  {
    name = "a command by a link with another name",
    policy = 'disallowed_commands = ["odd"]',
    shell = "ln -s /project/tools/odd /room/even; /room/even && echo ran; echo PASS",
    code = "H005", says = { "`/room/even`" },
  },
  {
    name = "a command that runs a script",
    policy = 'disallowed_commands = ["odd"]',
    shell = "/project/run_by_odd && echo ran; echo PASS",
    code = "H005", says = { "run_by_odd" },
  },
  {
    name = "a command that was made in the room",
    policy = 'disallowed_commands = ["made-here"]',
    shell = "printf '#!/bin/sh\\necho ran\\n' > /room/made-here; chmod +x /room/made-here;"
      .. " /room/made-here; echo PASS",
    code = "H005", says = { "made%-here" }, no_control = true,
  },
  {
    name = "an open file",
    policy = 'disallowed_commands = ["odd"]',
    python = [[
fd = os.open("/project/tools/odd", os.O_RDONLY)
if os.fork() == 0:
    tries("exec", lambda: os.execve(fd, ["even"], {}))
    os._exit(0)
os.wait()]],
    code = "H005", says = { "`even`" },
  },
  {
    name = "an applet of busybox, by its name and as an argument",
    policy = 'disallowed_commands = ["nc"]',
    shell = "ln -s /bin/busybox /room/nc; /room/nc -h 2>/dev/null && echo ran;"
      .. " /bin/busybox nc -h && echo ran; /bin/busybox true && echo fine; echo PASS",
    code = "H005 H005", says = { "`/room/nc %-h`", "`/bin/busybox nc %-h`" },
  },
}

describe("an attack that no list of files covers", function()
  policies.specs({ it = it, assert = assert }, ATTACKS, {
    files = {
      [OUTSIDE] = "#!/bin/sh\necho ran\n",
      run_by_odd = "#!/project/tools/odd\n",
    },
  })

  it("by a loader in a place that can be written to is told", function()
    local got = policies.run({
      { name = "s", policy = MEDIUM, shell = "cp /lib64/ld-linux-x86-64.so.2 /tmp/ld;"
        .. " /project/loaded && echo ran; echo PASS" },
      { name = "free", shell = "cp /lib64/ld-linux-x86-64.so.2 /tmp/ld; /project/loaded" },
    }, { prepare = function(dir)
      assert(os.execute(([[python3 - <<'END'
data = bytearray(open("/usr/bin/true", "rb").read())
loader = b"/lib64/ld-linux-x86-64.so.2\0"
at = data.index(loader)
data[at:at + len(loader)] = b"/tmp/ld".ljust(len(loader), b"\0")
open("%s/loaded", "wb").write(data)
END
chmod +x %s/loaded]]):format(dir, dir)))
    end })
    assert.equal("pass", got.free.verdict, got.free.text)
    assert.equal("H001", got.s.codes, got.s.text .. got.s.out)
    assert.matches("run `/tmp/ld`", got.s.text, 1, true)
    assert.equal("PASS\n", got.s.out)
  end)

  local STEP = [==[
[[scenario]]
name = "%s"
policy = { disallowed_commands = ["odd"] }
[[scenario.steps]]
name = "it"
command = %s
env = { PATH = "/project/tools:/usr/bin:/bin" }
]==]

  it("by the env of a step or of a service is told with the name of both", function()
    local support = dofile("tests/e2e/support.lua")
    local dir = support.tempdir()
    support.write(dir .. "/" .. OUTSIDE, "#!/bin/sh\necho ran\n")
    assert(os.execute("chmod +x " .. dir .. "/" .. OUTSIDE))
    support.write(dir .. "/x.clnrm.toml", '[meta]\nname = "x"\n'
      .. '[services.web]\ncommand = "odd; touch /room/up; sleep 60"\nwait = { file = "/room/up" }\n'
      .. 'env = { PATH = "/project/tools:/usr/bin:/bin" }\n'
      .. STEP:format("shell", '"odd && echo ran; true"')
      .. STEP:format("argv", '["odd"]')
      .. STEP:format("path", '["/project/tools/odd"]'))
    local result = support.run({ "run" }, { cwd = dir })
    support.remove(dir)
    assert.equal(1, result.code, result.out)
    assert.matches('step "it": sh %b() tried to run `odd`', result.out)
    assert.matches('service "web": sh %b() tried to run `odd`', result.out)
    assert.matches('step "it": a command tried to run `odd`', result.out)
    assert.matches('step "it": a command tried to run `/project/tools/odd`', result.out)
    assert.is_nil(result.out:find("\nran", 1, true))
    assert.matches("3 broke a policy", result.out, 1, true)
  end)
end)
