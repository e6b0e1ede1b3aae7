--- The agent in real containers: as the first process and beside one, of each engine that is here.
--- The same commands come to the same there as in a room of clnrm's own.
local fs = require("core.fs")
local proc = require("core.proc")
local room = require("core.room")

local support = dofile("tests/lua/engine_support.lua")

local BUSYBOX = "/usr/bin/busybox"
local USERS = { "0:0", "1000:1000" }

local function sh(text, more)
  local spec = { argv = { BUSYBOX, "sh", "-c", text }, env = { "PATH=/usr/bin" } }
  for key, value in pairs(more or {}) do
    spec[key] = value
  end
  return spec
end

local function run(r, text, more)
  local process = assert(r:spawn(sh(text, more)))
  return assert(process:wait()), (process:stdout())
end

--- A room of clnrm's own with the same program in it.
local function open_sandbox()
  return assert(room.open(assert(room.image({
    hostname = "room",
    uid = 1000,
    gid = 1000,
    root_size = 1 << 20,
    root_inodes = 1000,
    ops = {
      { kind = "ro", source = "/usr", target = "/usr" },
      { kind = "dir", target = "/etc", mode = 493 },
      { kind = "proc", target = "/proc" },
      { kind = "dev", target = "/dev", size = 1 << 20, inodes = 100 },
      { kind = "tmpfs", target = "/tmp", mode = 1023, size = 1 << 24, inodes = 1000 },
    },
  }))))
end

--- Commands of all kinds, and what each came to, as one text for each.
local function observe(r)
  local specs = {
    sh("echo out; echo err >&2; exit 3"),
    sh("kill -9 $$"),
    sh("cat; echo end", { stdin = "fed" }),
    sh("echo a; echo b >&2", { merge = true }),
    sh("busybox env | busybox sort", { env = { "PATH=/usr/bin", "X=1", "Y=a b" } }),
    sh("pwd; umask; exec 9>&1; ls /proc/self/fd | busybox wc -l", { cwd = "/tmp" }),
    sh("busybox sleep 50", { deadline_ms = 150 }),
    sh("trap '' TERM; kill -TERM $$; exit 4"),
    sh("busybox sleep 60 & exit 0"),
    sh("busybox setsid busybox sleep 61 & busybox sleep 0.1; exit 1"),
    sh("busybox yes late >/dev/null & exit 2"),
    sh("busybox head -c 3000000 /dev/zero | busybox tr '\\0' x"),
    sh("exit 0", { limits = { nofile = 20, core = 0 } }),
    sh("ulimit -n", { limits = { nofile = 20 } }),
    sh("echo x > /tmp/f && cat /tmp/f && rm /tmp/f"),
    { argv = { "busybox", "true" }, env = { "PATH=/nowhere:/usr/bin" } },
    { argv = { "no-such" }, env = { "PATH=/usr/bin" } },
    { argv = { "/usr" } },
    { argv = { "" } },
    sh("true", { cwd = "/nowhere" }),
    sh("true", { user = "no-such-user" }),
  }
  local seen = {}
  for i, spec in ipairs(specs) do
    local process, err = r:spawn(spec)
    if process then
      local result = assert(process:wait())
      local out, failed = process:stdout(), process:stderr()
      seen[i] = ("%d: %s %s timed_out=%s leaked=%s %s out=%d:%s err=%s"):format(
        i,
        result.kind,
        result.code or result.signal,
        result.timed_out,
        result.timed_out and "-" or result.leaked,
        result.timed_out and "" or result.leak_names,
        #out,
        out:sub(1, 40),
        failed
      )
    else
      seen[i] = ("%d: %s %s"):format(i, err.code, err.message)
    end
  end
  return seen
end

for _, name in ipairs({ "docker", "podman" }) do
  describe("an agent in a container of " .. name, function()
    local engine

    setup(function()
      engine = support.open(name)
    end)
    teardown(function()
      engine:close()
    end)

    local function check(title, fn)
      it(title, function()
        if engine.why then
          pending(engine.why)
        end
        fn()
      end)
    end

    --- Opens a container either way, with nothing that can be left out.
    local function open(rung, user)
      local options = { "--tmpfs", "/tmp:rw,exec,size=16m,mode=1777" }
      table.move(support.BARE, 1, #support.BARE, #options + 1, options)
      if rung == "first" then
        return engine:open_first("busybox", user, options)
      end
      return engine:open_beside(user, options)
    end

    for _, rung in ipairs({ "first", "beside" }) do
      for _, user in ipairs(USERS) do
        check(("runs as %s, %s, as a room of clnrm's own does"):format(user, rung), function()
          local sandbox <close> = open_sandbox()
          local r <close>, id = open(rung, user)
          local facts = {}
          for _, fact in ipairs(r:isolation()) do
            facts[fact.name] = fact.what
          end
          assert.equal("uid " .. user:gsub(":", ", gid "), facts.ids)
          assert.equal("0000000000000000", facts.capabilities)
          assert.equal("a filter", facts.seccomp)
          assert.equal("yes", facts.no_new_privs)
          assert.equal("read-only", facts.root)
          assert.matches(rung == "first" and "^1: the first$" or "beside the first", facts.process)
          assert.same(observe(sandbox), observe(r))
          assert(r:put("/tmp/a/b", "text", 384))
          assert.equal("text", r:get("/tmp/a/b"))
          local _, err = r:put("/new", "x")
          assert.equal("EROFS", err.code)
          assert.equal(0, r:close())
          local wanted = rung == "first" and "exited" or "running"
          if rung == "first" then
            engine:run("wait", id)
          end
          assert.equal(wanted, engine:inspect(id, "{{.State.Status}}"))
        end)
      end
    end

    check("needs nothing of the image", function()
      for _, user in ipairs(USERS) do
        local r <close>, id = engine:open_first("nothing", user, support.BARE)
        local _, err = r:spawn({ argv = { "/bin/sh" } })
        assert.equal("COMMAND_NOT_FOUND", err.code)
        local process = assert(r:spawn({ argv = { "/.clnrm/agent", "no-such-way" } }))
        assert.equal(1, assert(process:wait()).code)
        assert.matches("serve SOCKET KEYFILE", (process:stderr()))
        _, err = r:spawn({ argv = { "/.clnrm/agent" }, user = "root" })
        assert.equal("ENOENT", err.code)
        assert.equal("directory", r:stat("/proc").kind)
        assert.equal(0, r:close())
        assert.equal("0", engine:run("wait", id))
      end
    end)

    check("ends the container with its stream, and at a stop", function()
      local r, id, place = open("first", "1000:1000")
      assert(r:spawn(sh("busybox sleep 70 & busybox sleep 71")))
      r = nil -- collected: the stream ends without a word
      collectgarbage()
      collectgarbage()
      assert.equal("0", engine:run("wait", id))
      assert.same({}, fs.scandir(place.dir))
      local second, second_id = open("first", "1000:1000")
      run(second, "kill -TERM 1; kill -9 1; kill -INT 1") -- from inside nothing happens
      assert.is_true(second:status())
      engine:run("stop", "-t", "20", second_id)
      assert.equal("0", engine:inspect(second_id, "{{.State.ExitCode}}"))
      second:close()
      assert.is_nil(r)
    end)

    check("touches nothing beside it that is not its own", function()
      local r <close>, id = open("beside", "1000:1000")
      engine:run("exec", "-d", "-u", "1000:1000", id, BUSYBOX, "sleep", "555")
      local result = run(r, "busybox sleep 72 & busybox setsid busybox sleep 73 & exit 0")
      assert.equal(2, result.leaked)
      assert(r:spawn(sh("busybox setsid busybox sleep 74 & busybox sleep 75")))
      run(r, "busybox sleep 0.1")
      r:close()
      local _, listing = engine:try("exec", id, BUSYBOX, "ps", "-o", "args")
      assert.matches("busybox sleep 1000", listing)
      assert.matches("busybox sleep 555", listing)
      assert.is_nil(listing:match("clnrm"))
      assert.is_nil(listing:match("sleep 7%d"))
    end)

    check("drops to users of the container", function()
      for _, rung in ipairs({ "first", "beside" }) do
        local r <close> = rung == "first" and engine:open_first("busybox", "0:0", {})
          or engine:open_beside("0:0", {})
        local script = "busybox id -u; busybox id -g; busybox id -G; "
          .. "busybox grep CapEff /proc/self/status | busybox tr -d 'CapEf:\\t'"
        local function ids(user)
          local _, out = run(r, script, { user = user })
          return (out:gsub("\n", " "))
        end
        assert.equal("1234 1235 1235 77 0000000000000000 ", ids("app"))
        assert.equal("1234 78 78 0000000000000000 ", ids("app:other"))
        assert.equal("1234 1235 1235 77 0000000000000000 ", ids("1234"))
        assert.equal("5000 0 0 0000000000000000 ", ids("5000"))
        assert.equal("5000 5001 5001 0000000000000000 ", ids("5000:5001"))
        assert.equal(
          "8 9 9 10 0000000000000000 ",
          ids({ uid = 8, gid = 9, groups = { 10 } })
        )
        local _, err = r:spawn(sh("true", { user = "postgres" }))
        assert.equal("ENOENT", err.code)
        _, err = r:spawn(sh("true", { user = "app:postgres" }))
        assert.equal("ENOENT", err.code)
        local result = run(r, "busybox sleep 76", { user = "app", deadline_ms = 100 })
        assert.is_true(result.timed_out)
        assert.equal(0, r:close())
      end
      local r <close> = open("first", "1000:1000")
      local _, err = r:spawn(sh("true", { user = "app" }))
      assert.equal("EPERM", err.code)
      assert.equal(0, run(r, "exit 0", { user = "1000:1000" }).code)
    end)

    check("finds the ports of what runs in the container", function()
      local r <close> = open("beside", "1000:1000")
      local _, err = r:probe(8080)
      assert.equal("ECONNREFUSED", err.code)
      local server =
        assert(r:spawn(sh("exec busybox nc -l -p 8080 -e /usr/bin/busybox echo hello")))
      local tries, is_up = 0, "busybox grep -q ':1F90 .* 0A ' /proc/net/tcp /proc/net/tcp6"
      while run(r, is_up).code ~= 0 do
        tries = tries + 1
        assert.is_true(tries < 5000)
      end
      local stream <close> = assert(r:dial(8080))
      assert.equal("hello\n", stream:read())
      assert.equal(0, assert(server:wait()).code)
    end)

    check("cannot be played or spoken for by a step", function()
      for _, rung in ipairs({ "first", "beside" }) do
        local r <close>, _, place = open(rung, "1000:1000")
        assert.same({}, fs.scandir(place.dir)) -- neither the key nor the socket
        local result, out = run(r, "for fd in /proc/$PPID/fd/*; do echo x > $fd; done; "
          .. "for f in mem environ maps; do busybox head -c 1 /proc/$PPID/$f && echo got $f; done; "
          .. "for fd in 3 4 5 6 7 8 9; do eval \"echo forged >&$fd\" && echo wrote; done; exit 5")
        assert.equal(5, result.code)
        assert.equal("", out)
        assert.is_true(r:status())
      end
      local r <close> = open("beside", "1000:1000")
      local process = assert(r:spawn(sh("busybox sleep 0.3; kill -9 $PPID; exit 0")))
      local result, err = process:wait()
      assert.is_nil(result)
      assert.equal("EAGENT", err.code)
    end)

    check("speaks over the engine's own streams", function()
      local script, pump = engine.top .. "/stream.lua", engine.top .. "/stream.py"
      assert(fs.write_atomic(
        script,
        [[
          local room = require("core.room")
          local r <close> = assert(room.attach({ fd = tonumber(arg[1]), key = arg[2] }))
          local process = assert(r:spawn({ argv = { "/usr/bin/busybox", "sh", "-c",
            "busybox head -c 2000000 /dev/zero; exit 9" } }))
          local code = assert(process:wait()).code
          assert(r:close() == 0)
          print(#process:stdout(), code)
        ]]
      ))
      assert(fs.write_atomic(
        pump,
        [[
import os, socket, subprocess, sys
clnrm, script, key, *command = sys.argv[1:]
ours, theirs = socket.socketpair()
end = subprocess.Popen(command, stdin=theirs, stdout=theirs)
theirs.close()
os.set_inheritable(ours.fileno(), True)
subprocess.run([clnrm, "lua", script, str(ours.fileno()), key], close_fds=False, check=True)
ours.close()
sys.exit(end.wait())
]]
      ))
      local place = engine:place("1000:1000")
      local first, key = { BUSYBOX, "sleep", "1000" }, place.key
      local id = engine:start("busybox", "1000:1000", place, support.BARE, first)
      local ways = {
        { "exec", "-i", "-e", "CLNRM_AGENT_KEY=" .. key, id, "/.clnrm/agent", "stdio" },
        { "run", "-i", "--rm", "--label", engine.label, "--network", "none", "--user", "1000" },
      }
      for _, word in ipairs({
        "-e",
        "CLNRM_AGENT_KEY=" .. key,
        "-v",
        engine.agent .. ":/.clnrm/agent:ro",
        "--entrypoint",
        "/.clnrm/agent",
        engine.label .. ":busybox",
        "stdio",
      }) do
        table.insert(ways[2], word)
      end
      for _, way in ipairs(ways) do
        local argv = { "/usr/bin/env", "python3", pump, os.getenv("CLNRM"), script, key }
        table.move(engine.prefix, 1, #engine.prefix, #argv + 1, argv)
        table.move(way, 1, #way, #argv + 1, argv)
        local env = { "CLNRM_LUA_DIR=" .. (os.getenv("CLNRM_LUA_DIR") or "") }
        for _, line in ipairs(engine.env or { "PATH=" .. os.getenv("PATH") }) do
          env[#env + 1] = line
        end
        local process <close> = assert(proc.spawn({ argv = argv, env = env }))
        local result = assert(process:wait())
        assert.equal("2000000\t9\n", (process:stdout()), (process:stderr()))
        assert.equal(0, result.code)
      end
    end)
  end)
end
