--- Policies where the root is an image: each line of the table is stopped and told there as well,
--- in a room of the image and in a service of one.
local image = dofile("tests/e2e/image_support.lua")
local policies = dofile("tests/e2e/policy_support.lua")
local support = dofile("tests/e2e/support.lua")

local made -- the root, once

--- Makes a root with busybox, programs of its own, and python3 of this machine with what it loads.
local function make(dir)
  image.busybox(dir .. "/root")
  local got = support.sh([=[
set -e
cp -L /bin/dash root/bin/dash; ln -sf dash root/bin/sh # a shell that runs programs, as most do
mkdir -p root/opt/tools root/srv root/usr/bin root/usr/lib
printf '#!/bin/sh\necho ran\n' > root/opt/tools/odd; chmod +x root/opt/tools/odd
cp /usr/bin/true root/bin/plain
cp root/bin/busybox root/bin/sleeper; ln -s sleeper root/bin/even
py=$(readlink -f /usr/bin/python3); cp "$py" root/usr/bin/python3
lib=/usr/lib/$(basename "$py"); mkdir -p "root$lib"
cp -r $lib/*.py $lib/__pycache__ $lib/encodings $lib/ctypes $lib/collections $lib/importlib \
  $lib/re $lib/lib-dynload "root$lib/"
ldd "$py" /usr/bin/true /bin/dash $lib/lib-dynload/_ctypes*.so | grep -o '/[^ :]*' |
  grep '\.so' | sort -u |
  while read -r f; do mkdir -p "root$(dirname "$f")"; cp -L "$f" "root$f"; done
mkdir -p root/usr/lib/x86_64-linux-gnu
cp -L /usr/lib/x86_64-linux-gnu/libz.so.1 root/usr/lib/x86_64-linux-gnu/]=], { cwd = dir })
  assert(got.code == 0, got.out .. got.err)
  return dir
end

local function prepare(dir)
  made = made or make(support.tempdir())
  assert(os.execute(("cp -al %s/root %s/root"):format(made, dir)))
end

local HEAD = '[room]\nimage = "rootfs:root"\n[limits]\nmemory_mb = 512\n'

local ATTACKS = {
  {
    name = "a program in /tmp",
    policy = 'security_level = "medium"',
    shell = "cp /bin/plain /tmp/x; /tmp/x && echo ran; echo PASS",
    code = "H001", says = { "run `/tmp/x`" },
  },
  {
    name = "a program in a place of the image",
    policy = 'security_level = "medium"',
    shell = "for d in /var /run /home /root /srv; do cp /bin/plain $d/x && $d/x && echo ran; done;"
      .. " echo PASS",
    code = "H001 H001 H001 H001 H001",
    says = { "run `/var/x`", "run `/run/x`", "run `/home/x`", "run `/root/x`", "run `/srv/x`" },
  },
  {
    name = "a library in /room",
    policy = 'security_level = "medium"',
    python = [[
import shutil
shutil.copy("/usr/lib/x86_64-linux-gnu/libz.so.1", "/room/z.so")
tries("load", lambda: ctypes.CDLL("/room/z.so"))]],
    code = "H001", says = { "load `/room/z.so`" },
  },
  {
    name = "a file in memory",
    policy = 'security_level = "medium"',
    python = 'tries("memfd", lambda: os.memfd_create("x"))',
    code = "H001", says = { "a file in memory" },
  },
  {
    name = "a packet socket, a raw one and an address outside",
    policy = 'security_level = "medium"',
    python = 'tries("socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM))\n'
      .. 'tries("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))\n'
      .. 'tries("connect", lambda: socket.create_connection(("10.0.0.1", 9), 1))',
    code = "H002 H002 H002", says = { "family packet", "a raw socket", "reach `10.0.0.1:9`" },
  },
  {
    name = "a name",
    policy = 'allowed_network_hosts = ["ok.example"]',
    python = 'tries("look", lambda: socket.getaddrinfo("evil.example", 80))',
    code = "H003", says = { "look up `evil.example`" },
  },
  {
    name = "ptrace",
    policy = 'security_level = "high"',
    python = "if libc.ptrace(0, 0, 0, 0) == 0: print('did trace')",
    code = "H004", says = { "ptrace" },
  },
  {
    name = "files in /tmp, in /etc and in the root",
    policy = 'security_level = "high"',
    shell = "echo x > /tmp/y && echo wrote; echo x > /etc/motd && echo wrote; mkdir /d && echo made"
      .. "; rm /bin/plain && echo did; echo x > /usr/bin/x && echo wrote; echo PASS",
    code = "H012 H012 H012", -- of programs it is not told
    says = { "write `/tmp/y`", "write `/etc/motd`", "write `/d`" },
  },
  {
    name = "a program by its name",
    policy = 'disallowed_commands = ["plain"]',
    shell = "plain 1 && echo ran; exec /bin/plain 2",
    code = "T007 H005 H005", says = { "`plain 1`", "`/bin/plain 2`" }, no_pass = true,
  },
  {
    name = "a link and what it leads to",
    policy = 'disallowed_commands = ["even"]',
    shell = "even 0 && echo ran; sleeper 0 && echo ran; echo PASS",
    code = "H005 H005", says = { "`even 0`", "`sleeper 0`" },
  },
  {
    name = "one name of busybox, by a link, through busybox, and by another link",
    policy = 'disallowed_commands = ["nc"]',
    shell = "/bin/nc -h 2>/dev/null && echo ran; busybox nc -h && echo ran;"
      .. " ln -s /bin/busybox /room/nc; /room/nc && echo ran; ls / > /dev/null; echo PASS",
    code = "H005 H005 H005", says = { "`/bin/nc %-h`", "`busybox nc %-h`", "`/room/nc`" },
  },
  {
    name = "a program outside of the PATH",
    policy = 'disallowed_commands = ["odd"]',
    shell = "/opt/tools/odd && echo ran; PATH=/opt/tools odd && echo ran; echo PASS",
    code = "H005 H005", says = { "`/opt/tools/odd`", "`odd`" },
  },
  {
    name = "time",
    policy = 'max_execution_time = "300ms"',
    shell = "sleep 30",
    code = "T006 H006", says = { "policy.max_execution_time" }, no_pass = true, no_control = true,
  },
}


teardown(function()
  if made then
    support.remove(made)
  end
end)

describe("in a room of an image an attack", function()
  policies.specs({ it = it, assert = assert }, ATTACKS, { head = HEAD, prepare = prepare })
end)

describe("a policy of a room with an image", function()
  it("lets pass what it does not forbid", function()
    local got, result = policies.run({
      { name = "medium", policy = 'security_level = "medium"',
        shell = "for d in /tmp /room /var /run /home /root /srv; do echo x > $d/y || exit 1; done;"
          .. " plain && id && ls / > /dev/null" },
      { name = "closed", policy = 'security_level = "medium"',
        shell = "touch /etc/x 2>/dev/null && exit 1; touch /bin/x 2>/dev/null && exit 1; exit 0" },
      { name = "high", policy = 'security_level = "high"',
        shell = "ls / > /dev/null; cat /etc/hosts" },
      { name = "commands", policy = 'disallowed_commands = ["nc", "absent"]',
        shell = "ls / | wc -l; busybox true; plain" },
    }, { head = HEAD, prepare = prepare })
    for name, one in pairs(got) do
      assert.equal("pass", one.verdict, name .. "\n" .. one.text .. one.out)
    end
    assert.equal(0, result.code)
    assert.matches("nothing in it can be written to", got.high.isolation.fs, 1, true)
    assert.matches("by overlay; nothing is executed", got.medium.isolation.fs, 1, true)
  end)

  it("is enforced on a private copy, where no overlay can be made over the folder", function()
    if image.user_id() ~= 0 then
      pending("only root can leave a folder to another user")
      return
    end
    local dir = support.tempdir()
    prepare(dir)
    support.write(dir .. "/x.clnrm.toml", [=[
[meta]
name = "x"
[room]
image = "rootfs:root"
[[scenario]]
name = "s"
policy = { security_level = "medium", disallowed_commands = ["nc"] }
run = "cp /bin/plain /var/x && ! /var/x; ! touch /etc/x; ! nc -h"
]=])
    assert(os.execute("chmod 755 " .. dir))
    local got = support.sh("cd " .. dir .. " && setpriv --reuid=65534 --regid=65534 --clear-groups "
      .. '"$CLNRM" run --json', { cwd = dir, env = { HOME = "/nonexistent" } })
    support.remove(dir)
    assert.equal(1, got.code, got.out .. got.err)
    assert.matches("root of rootfs:root by private copy", got.out, 1, true)
    assert.matches("tried to run `/var/x`", got.out, 1, true)
    assert.matches("tried to run `nc -h`", got.out, 1, true)
    assert.matches('"failures":%[{[^}]*H00%d[^}]*},{[^}]*H00%d[^}]*}%]', got.out)
  end)

  it("leaves the folder as it is", function()
    local dir = support.tempdir()
    prepare(dir)
    local before = image.listing(dir .. "/root")
    support.write(dir .. "/x.clnrm.toml", '[meta]\nname = "x"\n' .. HEAD .. [=[
[[scenario]]
name = "s"
policy = { security_level = "medium", disallowed_commands = ["nc", "plain"] }
run = "echo x > /var/y"
]=])
    local result = support.run({ "run" }, { cwd = dir })
    assert.equal(0, result.code, result.out)
    assert.equal(before, image.listing(dir .. "/root"))
    support.remove(dir)
  end)
end)

describe("a policy of a room with a service of an image", function()
  local SERVICE = [[
[services.web]
image = "rootfs:root"
command = '''%s'''
wait = { file = "/room/up" }
files = [{ path = "/etc/web.conf", content = "hello" }]
]]

  local function service(command, policy)
    return policies.run({ { name = "s", policy = policy, shell = "true" } },
      { head = SERVICE:format(command .. "; touch /room/up; exec sleep 60"), prepare = prepare })
  end

  for name, one in pairs({
    ["a program in a place"] = {
      'security_level = "medium"', "cp /bin/plain /var/x; /var/x && touch /room/bad",
      "H001", "tried to run `/var/x`",
    },
    ["an address outside"] = {
      'security_level = "medium"',
      "python3 -S -c 'import socket; socket.create_connection((\"10.0.0.1\", 9), 1)'",
      "H002", "10.0.0.1:9",
    },
    ["a disallowed command"] = {
      'disallowed_commands = ["plain"]', "plain && touch /room/bad", "H005", "tried to run `plain`",
    },
    ["a name of busybox"] = {
      'disallowed_commands = ["nc"]', "nc -h", "H005", "tried to run `nc -h`",
    },
  }) do
    it("tells " .. name .. " with the service's name", function()
      local got = service(one[2], one[1])
      assert.equal("policy", got.s.verdict, got.s.text)
      assert.equal(one[3], got.s.codes, got.s.text)
      assert.matches('^service "web": ', got.s.text)
      assert.matches(one[4], got.s.text, 1, true)
    end)
  end

  it("lets it run, with its files, and write to its places", function()
    local got = service("grep -q hello /etc/web.conf && echo x > /var/y"
      .. " && ! touch /etc/x 2>/dev/null || exit 1",
      'security_level = "medium", disallowed_commands = ["nc"]')
    assert.equal("pass", got.s.verdict, got.s.text)
  end)
end)

describe("a disallowed command that the image's busybox runs in its shell", function()
  local BUSYBOX = '[room]\nimage = "rootfs:root"\n'

  --- The shell of this root is Debian's busybox, which takes its own applets before any program.
  local function busybox(dir)
    image.busybox(dir .. "/root")
    support.write(dir .. "/root/script", "#!/bin/sh\nid\n")
    assert(os.execute(("chmod +x %s/root/script && cp /bin/busybox %s/root/bin/other && "
      .. "for n in find xargs; do ln -sf busybox %s/root/bin/$n; done"):format(dir, dir, dir)))
  end

  local function argv(name, list)
    return { name = name, policy = 'disallowed_commands = ["id"]', command = list }
  end

  it("is an error of the test wherever that shell is run, and only there", function()
    local cases = {
      { name = "text", policy = 'disallowed_commands = ["id"]', shell = "id; true" },
      { name = "other", policy = 'disallowed_commands = ["no-applet", "/bin/id"]', shell = "true" },
      { name = "free", shell = "id; true" },
      argv("script", '["/script"]'),
      argv("nested", '["busybox", "env", "busybox", "ash", "-c", "id; true"]'),
      argv("xargs", '["xargs", "id"]'),
      argv("find", '["find", "/script", "-exec", "id", ";"]'),
      argv("finds", '["find", "/script"]'),
      argv("list", '["busybox", "true"]'),
      argv("named", '["busybox", "id"]'),
    }
    local got, result = policies.run(cases, { head = BUSYBOX, prepare = busybox })
    for _, name in ipairs({ "text", "script", "nested", "xargs", "find" }) do
      local about = name .. ": " .. got[name].verdict .. " " .. got[name].codes .. got[name].text
      assert.equal("error", got[name].verdict, about)
      assert.matches("H009", got[name].codes, 1, true)
      assert.matches("runs `id` in itself", got[name].text, 1, true)
      assert.is_nil(got[name].out:find("uid="), about)
    end
    for _, name in ipairs({ "other", "free", "list", "finds" }) do
      assert.equal("pass", got[name].verdict, name .. ": " .. got[name].codes .. got[name].text)
    end
    assert.equal("policy", got.named.verdict, got.named.text)
    assert.equal(2, result.code, result.out)
  end)

  it("is one of a service, too", function()
    local got = policies.run({
      { name = "s", policy = 'disallowed_commands = ["id"]', shell = "true" },
    }, { prepare = busybox, head = '[services.web]\nimage = "rootfs:root"\ncommand = "id; touch '
      .. '/room/up; exec sleep 60"\nwait = { file = "/room/up" }\n' })
    assert.matches("H009", got.s.codes, 1, true)
    assert.equal("error", got.s.verdict, got.s.text)
  end)
end)
