local fs = require("core.fs")
local proc = require("core.proc")
local sandbox = require("engine.backend.sandbox")
local task = require("clnrm.task")
local told = require("engine.backend.sandbox_isolation")

local ROOT = assert(fs.realpath(os.getenv("CLNRM_ROOT") or "."))
local PROBES = ROOT .. "/tests/fixtures/probes"
local CLNRM = assert(fs.realpath("/proc/self/exe"))

--- Runs a shell text on the host; its output without the last newline.
local function host(text, opts)
  opts = opts or {}
  opts.argv = { "/bin/sh", "-c", text }
  local process <close> = assert(proc.spawn(opts))
  assert(process:wait())
  return (process:stdout():gsub("\n$", ""))
end

local function open(room, more)
  local spec = { name = "spec", project_dir = PROBES, room = room }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return assert(sandbox.open(spec))
end

--- Runs a shell text in a room; its output and the result.
local function sh(room, text, opts)
  opts = opts or {}
  opts.shell = text
  local result = assert(room:exec(opts))
  return (assert(result:stdout()):gsub("\n$", "")), result
end

--- Runs one probe of probe.py; its lines.
local function probe(room, name, opts)
  opts = opts or {}
  opts.argv = { "python3", "-B", "/project/probe.py", name, table.unpack(opts) }
  for i = 1, #opts do
    opts[i] = nil
  end
  local result = assert(room:exec(opts))
  return assert(result:stdout()), result
end

local function lines(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    list[#list + 1] = line
  end
  return list
end

describe("engine.backend.sandbox", function()
  local room
  setup(function()
    room = open()
  end)
  teardown(function()
    room:close()
  end)

  it("runs commands and texts, and tells how they ended", function()
    local result = assert(room:exec({ argv = { "sh", "-c", "echo out; echo err >&2; exit 3" } }))
    assert.equal(3, result.exit_code)
    assert.is_nil(result.signal)
    assert.is_false(result.timed_out)
    assert.is_nil(result.leaked)
    assert.same({ "out\n", 0 }, { result:stdout() })
    assert.same({ "err\n", 0 }, { result:stderr(100) })
    assert.same({ 4, 4 }, { result.stdout_bytes, result.stderr_bytes })
    assert.is_true(result.duration_ms > 0 and result.rusage.max_rss_kb > 0)
    local text
    text, result = sh(room, "cat; exit 1", { stdin = "in", merge = true })
    assert.equal("in", text)
    assert.equal(1, result.exit_code)
    result = select(2, sh(room, "sleep 20", { timeout_ms = 50 }))
    assert.is_true(result.timed_out)
    assert.equal(9, result.signal)
    result = select(2, sh(room, "setsid sleep 20 & sleep 0.05"))
    assert.same({ "sleep" }, result.leaked)
    local none, err = room:exec({ argv = { "no-such-command" } })
    assert.is_nil(none)
    assert.equal("COMMAND_NOT_FOUND", err.code)
  end)

  it("starts in /room, and elsewhere on request", function()
    assert.equal("/room", sh(room, "pwd"))
    assert.equal("/project", sh(room, "pwd", { cwd = "/project" }))
    assert.is_true(room:put("dir/file", "text"))
    assert.equal("/room/dir", sh(room, "pwd", { cwd = "dir" }))
    assert.equal("text", room:get("/room/dir/file"))
    assert.equal("file", room:stat("dir/file").kind)
    assert.is_true(room:probe({ file = "dir/file" }))
    local ok, err = room:probe({ file = "dir/none" })
    assert.is_nil(ok)
    assert.equal("ENOENT", err.code)
    ok, err = room:probe({ port = 1 })
    assert.is_nil(ok)
    assert.equal("ECONNREFUSED", err.code)
  end)

  it("asks servers in the room, and carries connections", function()
    local server <close> = assert(room:start({
      argv = { "python3", "-u", "-m", "http.server", "-b", "127.0.0.1", "-d", "/project", "8080" },
      keep_group = true,
    }))
    local ready, err
    for _ = 1, 500 do
      ready, err = room:probe({ http = "http://localhost:8080/probe.py" })
      if ready then
        break
      end
      assert.equal("ECONNREFUSED", err.code)
      task.sleep(10)
    end
    assert.is_true(ready)
    local url = "http://127.0.0.1:8080/"
    assert.is_true(room:probe({ http = url .. "none", status = 404 }))
    assert.is_true(room:probe({ http = url, body = "probe.py" }))
    for _, wrong in ipairs({
      { http = url .. "none" },
      { http = url, status = 500 },
      { http = url, body = "something else" },
    }) do
      ready, err = room:probe(wrong)
      assert.is_nil(ready)
      assert.equal("EHTTP", err.code)
    end
    for _, wrong in ipairs({ "https://x/", "http://x:0/", "http://x:99999", "ftp://x", "",
      "http://x/a b", "http://u@x/", "http:///" }) do
      ready, err = room:probe({ http = wrong })
      assert.is_nil(ready)
      assert.equal("EURL", err.code)
    end
    local published <close> = assert(room:publish(8080))
    assert.matches("probe%.py", host(("python3 -c 'import urllib.request as u; "
      .. "print(u.urlopen(\"http://127.0.0.1:%d/\").read())'"):format(published:port())))
    local relay <close> = assert(room:relay(8081, { port = published:port() }))
    assert.is_true(room:probe({ http = "http://localhost:8081/", body = "probe.py" }))
    local stream <close> = assert(room:dial(8081))
    assert.is_true(stream:write("nonsense\r\n\r\n"))
    assert.matches("400", assert(stream:read()))
    local _, ever = relay:connections()
    assert.equal(2, ever)
    server:kill()
  end)

  it("keeps the last output of what has a name", function()
    local process <close> = assert(room:start({
      shell = "echo started; sleep 20",
      name = "db",
      keep_group = true,
    }))
    assert.equal("started\n", process:read("stdout", 0))
    assert.same({ stdout = "started\n", stderr = "" }, room:logs("db"))
    assert.is_nil(room:logs("other"))
  end)

  it("says what its rooms are cut off from", function()
    local isolation = assert(sandbox.probe())
    for _, key in ipairs({ "net", "fs", "pid", "user", "limits", "clock" }) do
      assert.is_string(isolation[key])
      assert.equal(isolation[key], tostring(room.isolation[key]))
    end
    assert.is_true(#isolation.steps > 5)
  end)

  it("says which limits of services a group can hold here", function()
    local yes, no = { version = 1 }, { why = "no" }
    assert.equal("cgroup for services: memory pids cpu",
      told.groups_text({ memory = yes, pids = yes, cpu = yes }))
    assert.equal("cgroup for services: pids",
      told.groups_text({ memory = no, pids = yes, cpu = no }))
    local none = told.groups_text({ memory = no, pids = no, cpu = no })
    assert.equal("no cgroup: memory of services per process", none)
    local here = told.groups_text(require("core.cgroup").detect())
    assert.matches(here, assert(sandbox.probe()).limits, 1, true)
  end)

  it("explains where user namespaces are shut, with the sysctl to look at", function()
    local function explain(files)
      return sandbox.explain_refusal(function(path)
        return files[path]
      end)
    end
    assert.is_nil(explain({}))
    assert.matches("user.max_user_namespaces is 0",
      explain({ ["/proc/sys/user/max_user_namespaces"] = "0\n" }))
    assert.matches("kernel.unprivileged_userns_clone is 0",
      explain({ ["/proc/sys/kernel/unprivileged_userns_clone"] = "0\n" }))
    assert.matches("AppArmor",
      explain({ ["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1\n" }))
    assert.matches("seccomp", explain({ ["/proc/self/status"] = "NoNewPrivs:\t0\nSeccomp:\t2\n" }))
    assert.is_nil(explain({ ["/proc/self/status"] = "NoNewPrivs:\t0\nSeccomp:\t0\n" }))
  end)

  -- What must not work

  it("reaches no socket of the host", function()
    local dir = assert(fs.tempdir())
    local canary = dir .. "/canary"
    local listener <close> = assert(proc.spawn({
      argv = { "python3", "-c", [[
import socket, sys, time
kept = []
for address in (sys.argv[1], "\0clnrm-canary-" + sys.argv[1]):
    s = socket.socket(socket.AF_UNIX); s.bind(address); s.listen(); kept.append(s)
t = socket.socket(); t.bind(("0.0.0.0", 0)); t.listen()
print(t.getsockname()[1], flush=True)
time.sleep(60)]], canary },
    }))
    local port
    for _ = 1, 500 do
      port = (listener:stdout() or ""):match("^(%d+)\n")
      if port then
        break
      end
      task.sleep(10)
    end
    assert.is_string(port)
    local addresses = {}
    local function add(address)
      addresses[#addresses + 1] = (address:gsub(".", function(c)
        return ("%02x"):format(c:byte())
      end))
    end
    for path in host("sed 's/^[^ ]* *\\([^ ]* *\\)\\{6\\}//' /proc/net/unix"):gmatch("[^\n]+") do
      if path:match("^[/@]") then
        add((path:gsub("^@", "\0")))
      end
    end
    assert.is_true(#addresses >= 2)
    add("/var/run/docker.sock")
    add("/run/docker.sock")
    assert.equal("", (probe(room, "sockets", { stdin = table.concat(addresses, "\n") })))
    assert.equal("interfaces lo\n", (probe(room, "ports", { port })))
    listener:close()
    fs.remove_tree(dir)
  end)

  it("shows no file of the host outside the list", function()
    local canary = assert(fs.tempdir({ parent = "/tmp" }))
    assert(fs.write_atomic(canary .. "/secret", "secret"))
    local text = probe(room, "files", {
      canary, "/root", "/home/" .. (os.getenv("USER") or "root"), "/etc/shadow", "/etc/gshadow",
      "/etc/ssh", "/etc/ssl/private", "/srv", "/sys", "/mnt", "/media", "/boot", "/data",
      "/lost+found", "/var/log", "/var/lib", "/var/spool", "/var/cache", "/tmp", ROOT,
      os.getenv("HOME") or "/root", "/proc/kcore", "/run/systemd", "/dev/kmsg", "/dev/mem",
      "/dev/sda", "/dev/vda", "/dev/fuse", "/dev/net", "/dev/kvm", "/proc/1/root", "/proc/1/cwd",
    })
    fs.remove_tree(canary)
    for _, line in ipairs(lines(text)) do
      -- the names of /proc/1/* exist; what they lead to cannot be looked at
      assert.is_truthy(line == "sees /proc/kcore" or line:match("^sees /proc/1/"), line)
    end
    assert.equal("", sh(room, "cat /proc/kcore /proc/kmsg /proc/keys 2>/dev/null | head -c 1"))
    local allowed = " bin dev etc home lib lib32 lib64 libx32 opt proc project room run sbin tmp "
      .. "usr var "
    for name in sh(room, "cd /; echo *"):gmatch("%S+") do
      assert.is_truthy(allowed:find(" " .. name .. " ", 1, true), name)
    end
  end)

  it("cannot write to what is read-only, the project least of all", function()
    local text = sh(room, [[
      for f in /x /etc/x /usr/x /usr/bin/x /bin/x /opt/x /project/x /etc/passwd /project/probe.py \
        /proc/sys/kernel/hostname /proc/sysrq-trigger /etc/alternatives/x /dev/x; do
        (echo x > $f) 2>/dev/null && echo "wrote $f"
      done
      chmod 777 /project/probe.py 2>/dev/null && echo chmod
      rm -f /project/probe.py 2>/dev/null && echo rm
      true]])
    assert.equal("", text)
    assert.equal("file", fs.stat(PROBES .. "/probe.py").type)
  end)

  it("writes in its own places only, and up to their sizes", function()
    local text = sh(room, [[
      for d in /room /tmp /var /var/tmp /var/lib /home/room /run /dev/shm "$HOME" "$TMPDIR"; do
        echo x > $d/x && rm $d/x && echo ok
      done | sort | uniq -c | tr -s ' '
      head -c 20000000 /dev/zero > /run/big 2>/dev/null || stat -c %s /run/big
      rm /run/big]])
    assert.equal(" 10 ok\n16777216", text)
    local result = select(2, sh(room, "i=0; while :; do : > /run/$i || exit 7; i=$((i+1)); done",
      { timeout_ms = 20000 }))
    assert.is_true(result.exit_code ~= 0 and not result.timed_out)
  end)

  it("shows a copy or nothing of the project on request", function()
    local dir = assert(fs.tempdir())
    assert(fs.write_atomic(dir .. "/file", "host"))
    do
      local copy <close> = open({ project = "copy" }, { project_dir = dir })
      assert.equal("host", sh(copy, "cat /project/file"))
      assert.equal("room", sh(copy, "echo room > /project/file; echo x > /project/new;"
        .. "cat /project/file"))
      assert.equal("host", fs.read(dir .. "/file"))
      assert.is_false(fs.exists(dir .. "/new"))
    end
    fs.remove_tree(dir)
    local none <close> = open({ project = "none" }, { project_dir = false })
    assert.equal("none", sh(none, "[ -e /project ] && ls /project || echo none"))
    for _, wrong in ipairs({ "/", "/etc", "/proc/../", "relative" }) do
      local r, err = sandbox.open({ name = "x", project_dir = wrong })
      assert.is_nil(r)
      assert.equal("EPROJECT", err.code)
    end
  end)

  it("hands no descriptor down, whatever clnrm has open", function()
    local files = {}
    for i = 1, 50 do
      files[i] = assert(io.open("/dev/null")) -- inherited unless somebody sees to it
    end
    local other <close> = open()
    for _ = 1, 10 do
      assert.equal("0 1 2\n", (probe(other, "descriptors")))
    end
    assert.equal("0 1 2\n", (probe(other, "descriptors", { stdin = "x" })))
    for i = 1, 50 do
      files[i]:close()
    end
  end)

  it("refuses mounts, namespaces, tracing and the rest", function()
    if host("uname -m") ~= "x86_64" then
      pending("the probe knows the numbers of x86-64 only")
      return
    end
    local key = host("python3 -c 'import ctypes; l = ctypes.CDLL(None); k = 0x636c6e72; "
      .. "print(k if l.shmget(k, 4096, 0o1600) >= 0 else 0)'")
    assert.not_equal("0", key)
    local text = probe(room, "calls", { key })
    host("ipcrm -M " .. key)
    local expected = {
      ["clone NEWUSER"] = "True",
      clone3 = "ENOSYS",
      ["shm of the host"] = "ENOENT",
    }
    local count = 0
    for _, line in ipairs(lines(text)) do
      local name, answer = line:match("^(.*) (%S+)$")
      assert.equal((expected[name] or "EPERM"), answer, line)
      count = count + 1
    end
    assert.equal(41, count)
  end)

  it("has no rights, and a setuid program gives it none", function()
    local dir = assert(fs.tempdir())
    host(("cp /usr/bin/cat %s/cat; chmod 4755 %s/cat"):format(dir, dir))
    local other <close> = open(nil, { project_dir = dir })
    for _, command in ipairs({ "cat", "/project/cat" }) do
      local status = sh(other, command .. " /proc/self/status")
      for _, wanted in ipairs({
        "CapInh:\t0+\n", "CapPrm:\t0+\n", "CapEff:\t0+\n", "CapBnd:\t0+\n", "CapAmb:\t0+\n",
        "NoNewPrivs:\t1\n", "Seccomp:\t2\n", "Uid:\t1000\t1000\t1000\t1000\n",
        "Gid:\t1000\t1000\t1000\t1000\n", "NSpid:\t%d+\n", "SigBlk:\t0+\n", "SigIgn:\t0+\n",
      }) do
        assert.matches(wanted, status)
      end
    end
    for _, line in ipairs(lines(sh(other, "cat /proc/self/mountinfo"))) do
      local source, target, options = line:match("^%d+ %d+ %S+ (%S+) (%S+) (%S+)")
      if not target:match("^/dev/%a+$") and source ~= "/null" then -- devices of the host, one file
        assert.matches("nosuid", options, line)
      end
    end
    fs.remove_tree(dir)
  end)

  it("sees its own processes only, and cannot signal others", function()
    local pids = sh(room, "echo /proc/[0-9]* | wc -w")
    assert.is_true(tonumber(pids) <= 4)
    local sleeper <close> = assert(proc.spawn({ argv = { "sleep", "60" } }))
    local _, result = sh(room, "kill -9 " .. sleeper:pid() .. " 2>/dev/null; exit $?")
    assert.equal(1, result.exit_code)
    assert.is_true(sleeper:signal(18))
    assert.equal("room", sh(room, "hostname"))
    assert.not_equal(host("readlink /proc/self/ns/uts"), sh(room, "readlink /proc/self/ns/uts"))
    for _, name in ipairs({ "user", "mnt", "pid", "net", "ipc", "cgroup" }) do
      local command = "readlink /proc/self/ns/" .. name
      assert.not_equal(host(command), sh(room, command))
    end
  end)

  it("limits what a command may use", function()
    local text = sh(room, "for o in c n l f p; do ulimit -H$o; ulimit -S$o; done | tr '\\n' ' '")
    assert.equal("0 0 1024 1024 0 0 2097152 2097152 1024 1024 ", text) -- of 512 bytes each: fsize
  end)

  it("cannot be spoken for: forged frames, a killed or traced agent", function()
    local result = select(2, probe(room, "forge"))
    local text = assert(result:stdout())
    assert.equal(1, result.exit_code) -- never the 0 that was forged
    assert.is_nil(text:find("wrote to", 1, true))
    assert.is_nil(text:find("opened", 1, true))
    assert.is_nil(text:find("sent", 1, true))
    assert.matches("kill EPERM", text)
    assert.matches("pidfd_open EPERM", text)
    assert.matches("pidfd_getfd EPERM", text)
    assert.matches("ptrace EPERM", text)
    assert.equal("alive", sh(room, "echo alive")) -- no signal from inside reaches PID 1
    result = select(2, sh(room, "kill -9 -1; exit 4"))
    assert.equal(4, result.exit_code)
  end)

  it("gives no result when the agent is killed from outside", function()
    local other <close> = open()
    local process = assert(other:start({ shell = "sleep 20" }))
    host("kill -9 " .. other.core:pid())
    local result, err = process:wait()
    assert.is_nil(result)
    assert.equal("EAGENT", err.code)
    result, err = other:exec({ argv = { "true" } })
    assert.is_nil(result)
    assert.equal("EAGENT", err.code)
    result, err = other:close()
    assert.is_nil(result)
    assert.equal("EAGENT", err.code)
  end)
end)

describe("the environment of a room", function()
  local SHOW = "env | sort; id; date +%Z; umask; hostname; pwd; cat /etc/resolv.conf; "
    .. "locale 2>/dev/null; sed 's/^[0-9]* [0-9]* [0-9:]* //' /proc/self/mountinfo; ulimit -a"
  local SCRIPT = [[
    local sandbox = require("engine.backend.sandbox")
    local room <close> = assert(sandbox.open({
      room = {
        project = "none",
        env = { { "OWN", "1" }, { "LANG", "C" } },
        inherit_env = { "GIVEN" },
      },
    }))
    local env = { { "STEP", "a b" }, { "OWN", "2" } }
    local result = assert(room:exec({ shell = arg[1], env = env }))
    io.write(result:stdout(), result:stderr())
  ]]

  local function show(env, before)
    local script = os.tmpname()
    assert(fs.write_atomic(script, SCRIPT))
    env[#env + 1] = "PATH=/usr/bin:/bin"
    env[#env + 1] = "CLNRM_LUA_DIR=" .. ROOT
    local text = host(("%s exec %s lua %s '%s'"):format(before or "", CLNRM, script,
      SHOW:gsub("'", "'\\''")), { env = env, merge = true })
    os.remove(script)
    return text
  end

  it("is built from nothing: 200 planted variables, umask and directory change it not", function()
    local planted = { "TZ=Asia/Tokyo", "LC_ALL=tr_TR.UTF-8", "http_proxy=http://x", "GIVEN=yes" }
    for i = 1, 200 do
      planted[#planted + 1] = ("PLANTED_%d=%d"):format(i, i)
    end
    for _, name in ipairs({ "HOME", "USER", "LD_PRELOAD_", "PYTHONPATH", "LANG", "TMPDIR",
      "HOSTNAME", "XDG_RUNTIME_DIR", "DOCKER_HOST", "SSH_AUTH_SOCK", "PERL5LIB" }) do
      planted[#planted + 1] = name .. "=/planted"
    end
    local odd = show(planted, "umask 0777; cd /usr;")
    local plain = show({ "GIVEN=yes" })
    assert.equal(plain, odd)
    local env = plain:match("^(.-)uid=")
    assert.equal(table.concat({
      "GIVEN=yes",
      "HOME=/home/room",
      "HOSTNAME=room",
      "LANG=C",
      "LOGNAME=room",
      "OWN=2",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "PWD=/room",
      "SHELL=/bin/sh",
      "STEP=a b",
      "TMPDIR=/tmp",
      "TZ=UTC",
      "USER=room",
      "",
    }, "\n"), env)
    assert.matches("uid=1000%(room%) gid=1000%(room%) groups=1000%(room%)\n"
      .. "UTC\n0022\nroom\n/room\n", plain)
  end)
end)

describe("rooms of a clnrm that is killed", function()
  it("leave no process, at whatever moment", function() -- many more: tests/faults/room_spec.lua
    local process <close> = assert(proc.spawn({
      argv = { "python3", "-B", PROBES .. "/kill_driver.py", "42", "25", "9", CLNRM, "lua",
        PROBES .. "/rooms_forever.lua" },
    }))
    assert(process:wait())
    assert.equal("", (process:stderr()))
    assert.equal("0\n", (process:stdout()))
  end)
end)

describe("many rooms", function()
  it("leave neither processes, descriptors nor memory behind", function()
    local function count(text)
      return tonumber(host(text))
    end
    local function rss()
      return count("awk '/^VmRSS/ { print $2 }' /proc/$PPID/status")
    end
    local before
    for round = 1, 3 do
      local group <close> = task.group()
      for _ = 1, 2 do
        group:spawn(function()
          for _ = 1, 30 do
            local room <close> = open()
            assert.equal("x", sh(room, "echo x"))
          end
        end)
      end
      group:wait()
      collectgarbage()
      collectgarbage()
      local now
      for _ = 1, 100 do -- libuv closes on a later turn, the one who counts has pipes as well
        now = {
          fds = count("ls /proc/$PPID/fd | wc -l"),
          children = count("ps --ppid $PPID -o pid= | wc -l"),
        }
        if not before or (now.fds <= before.fds and now.children <= before.children) then
          break
        end
        task.sleep(20)
      end
      if round > 1 then -- fewer: what a test before had left to the collector
        assert.is_true(now.fds <= before.fds, ("%d fds, %d before"):format(now.fds, before.fds))
        assert.equal(before.children, now.children)
      end
      before = now
    end
    local variant = os.getenv("CLNRM_VARIANT")
    if variant ~= "thread" and variant ~= "address" then -- these keep books of their own
      assert.is_true(rss() < 64 << 10)
    end
  end)
end)
