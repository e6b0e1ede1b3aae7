--- clnrm doctor: each finding that is not `ok`, provoked: its text, its remedy, the exit code.
---
--- What it says of an engine that answers is in tests/lua/docker/examine_spec.lua, of the ways to
--- an agent in e2e/docker_rungs_spec.lua.
local fakes = dofile("tests/lua/docker/fakes.lua")
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local ROOT = os.getenv("CLNRM_ROOT") or "."
local NO_USERNS = ("python3 %s "):format(support.quote(ROOT .. "/tests/tools/no_userns.py"))
local PING = { match = "^GET /_ping$", body = "OK",
  headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } }

--- Mounts in a namespace of its own, then runs what follows.
local function mounted(script)
  return ("unshare -m --propagation private sh -c %s "):format(
    support.quote(script .. '; exec "$0" "$@"'))
end

--- Sets a limit, then runs what follows.
local function limited(limit)
  return ("bash -c %s "):format(support.quote("ulimit " .. limit .. '; exec "$0" "$@"'))
end

describe("clnrm doctor", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Runs it behind `before`; its findings by name, with the exit code and all that was told.
  local function doctor(before, env)
    env = env or {}
    env.DOCKER_HOST = env.DOCKER_HOST or "unix:///nowhere"
    env.CONTAINER_HOST = env.CONTAINER_HOST or "unix:///nowhere"
    env.DOCKER_HOST = env.DOCKER_HOST ~= "" and env.DOCKER_HOST or nil
    env.CONTAINER_HOST = env.CONTAINER_HOST ~= "" and env.CONTAINER_HOST or nil
    local got = support.sh((before or "") .. '"$CLNRM" doctor --format json',
      { cwd = dir, env = env })
    local out = json.decode(got.out)
    assert.is_table(out, got.out .. got.err)
    local found = { code = got.code, err = got.err }
    for _, finding in ipairs(out.findings) do -- of two, the one that is not ok
      local known = found[finding.name]
      found[finding.name] = known and known.status ~= "ok" and known or finding
    end
    assert.equal(got.code, out.exit_code)
    return found
  end

  local function assert_finding(finding, status, text, remedy)
    assert.is_table(finding)
    assert.equal(status, finding.status, finding.text)
    assert.is_truthy(finding.text:find(text, 1, true), finding.text)
    assert.is_truthy((finding.remedy or "none"):find(remedy, 1, true), finding.remedy)
  end

  local function case(name, needs, fn)
    it(name, function()
      if support.sh(needs).code ~= 0 then
        return pending("this machine refuses: " .. needs)
      end
      fn()
    end)
  end

  local MOUNTS = "unshare -m --propagation private true"

  describe("fails with 6 where no room can be made", function()
    case("for the kernel allows no user namespaces", "unshare -Ur true", function()
      local found = doctor(
        "unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec \"$0\" \"$@\"' ")
      assert.equal(6, found.code)
      assert_finding(found.rooms, "fail", "user.max_user_namespaces is 0",
        "sudo sysctl -w user.max_user_namespaces=28633")
    end)

    case("for a filter of system calls forbids it, as in a default container", NO_USERNS .. "true",
      function()
        local found = doctor(NO_USERNS)
        assert.equal(6, found.code)
        assert_finding(found.rooms, "fail", "clnrm runs under a seccomp filter",
          "docker run --security-opt seccomp=unconfined")
        assert.matches("user namespace: Operation not permitted", found.rooms.details[1])
      end)

    -- no namespace has these settings: the kernel refuses by a filter, the files are ours
    for name, value in pairs({ unprivileged_userns_clone = 0,
      apparmor_restrict_unprivileged_userns = 1 }) do
      case("for " .. name .. " is " .. value, MOUNTS, function()
        local found = doctor(mounted(("mount -t tmpfs x /proc/sys/kernel && echo %d "
          .. ">/proc/sys/kernel/%s"):format(value, name)) .. NO_USERNS)
        assert.equal(6, found.code)
        assert_finding(found.rooms, "fail", ("kernel.%s is %d"):format(name, value),
          ("sudo sysctl -w kernel.%s=%d"):format(name, 1 - value))
      end)
    end

    it("for too few files may be open", function()
      local found = doctor(limited("-n 18"))
      assert.equal(6, found.code)
      assert_finding(found.rooms, "fail", "too many open files", "ulimit -n 1024")
    end)
  end)

  describe("warns, and leaves the exit code 0,", function()
    it("of few files that may be open", function()
      local found = doctor(limited("-n 200"))
      assert.equal(0, found.code)
      assert_finding(found.descriptors, "warn", "only 200 files may be open", "ulimit -n 1024")
      assert_finding(doctor(limited("-n 300")).descriptors, "ok", "300 files may be open", "none")
    end)

    case("of a machine without groups of processes", MOUNTS, function()
      local found = doctor(mounted("mount -t tmpfs x /sys/fs/cgroup"))
      assert.equal(0, found.code)
      assert_finding(found.cgroups, "warn", "hold for each process alone", "mount them")
    end)

    for name, disk in pairs({
      ["little room"] = { "size=8m", "only 8.0 MiB are free in ", "TMPDIR" },
      ["few files"] = { "nr_inodes=30,size=1g", "more files can be made in ", "TMPDIR" },
      ["nothing that can be written"] = { "size=1g,ro", "nothing can be written in ", "TMPDIR" },
    }) do
      case("of a file system with " .. name, MOUNTS, function()
        local found = doctor(mounted("mkdir t && mount -t tmpfs -o " .. disk[1] .. " x t"),
          { TMPDIR = dir .. "/t" })
        assert.equal(0, found.code)
        assert_finding(found.disk, "warn", disk[2] .. dir .. "/t (temporary files)", disk[3])
      end)
    end

    case("of little room for records and for images", MOUNTS, function()
      local before = mounted("mkdir -p s && mount -t tmpfs -o size=8m x s")
      for variable, what in pairs({
        XDG_STATE_HOME = { "run records", "clnrm runs prune" },
        XDG_CACHE_HOME = { "images and templates", "clnrm image rm" },
      }) do
        local found = doctor(before, { [variable] = dir .. "/s" })
        assert_finding(found.disk, "warn", ("only 8.0 MiB are free in %s/s (%s)"):format(dir,
          what[1]), what[2])
        assert.equal(0, found.code)
      end
    end)
  end)

  describe("says of an engine that somebody named", function()
    local function docker(env, before)
      local found = doctor(before, env)
      assert.equal(0, found.code)
      return found.docker
    end

    it("that nothing is where it should be", function()
      assert_finding(docker({ DOCKER_HOST = "unix://" .. dir .. "/none" }), "warn",
        "Docker does not run here: ", "systemctl start docker")
      support.write(dir .. "/file", "")
      assert_finding(docker({ DOCKER_HOST = "unix://" .. dir .. "/file" }), "warn",
        "this is a file, not a socket", "remove what stands there")
      support.sh("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"s\")'",
        { cwd = dir })
      assert_finding(docker({ DOCKER_HOST = "unix://" .. dir .. "/s" }), "warn",
        "nothing listens at it", "systemctl start docker")
      assert_finding(docker({ DOCKER_HOST = "tcp://127.0.0.1:1" }), "warn", "nothing listens there",
        "systemctl start docker")
    end)

    it("that it takes the connection and says nothing", function()
      local fake <close> = fakes.engine({ { match = "/_ping", hang = true } })
      assert_finding(docker({ DOCKER_HOST = fake.host }), "warn", "no answer within 5 s (unix://",
        "sudo systemctl restart docker")
    end)

    case("that this user may not use it", "setpriv --reuid 65534 --clear-groups true", function()
      local fake <close> = fakes.engine({ PING })
      support.sh("chmod 755 . && chmod 600 " .. fake.socket, { cwd = dir })
      local finding = docker({ DOCKER_HOST = fake.host, HOME = "/nonexistent" },
        "setpriv --reuid 65534 --regid 65534 --clear-groups ")
      assert_finding(finding, "warn", "this user may not use Docker",
        "sudo usermod -aG docker $USER")
    end)

    it("that its context, its certificates or its settings are wrong", function()
      local env = { DOCKER_HOST = "", DOCKER_CONTEXT = "none", DOCKER_CONFIG = dir }
      assert_finding(docker(env), "warn", "DOCKER_CONTEXT names the context none",
        "docker context create none")
      support.write(dir .. "/config.json", '{"currentContext":"away"}')
      assert_finding(docker({ DOCKER_HOST = "", DOCKER_CONFIG = dir }), "warn",
        "names the context away", "docker context")
      support.write(dir .. "/config.json", "{")
      assert_finding(docker({ DOCKER_HOST = "", DOCKER_CONFIG = dir }), "warn",
        dir .. "/config.json", "mend the file")
      assert_finding(docker({ DOCKER_HOST = "tcp://127.0.0.1:1", DOCKER_TLS_VERIFY = "1",
        DOCKER_CERT_PATH = dir }), "warn", "there is no " .. dir .. "/ca.pem",
        "put the engine's ca.pem")
      assert_finding(docker({ DOCKER_HOST = "tcp://192.0.2.1:2375" }), "warn",
        "in clear over a network", "")
      assert_finding(docker({ DOCKER_HOST = "nonsense" }), "warn", "DOCKER_HOST is 'nonsense'", "")
    end)

    it("that its API is too old, or that it breaks off", function()
      local old <close> = fakes.engine({ { match = "/_ping", body = "OK",
        headers = { ["Api-Version"] = "1.24", Server = "Docker/1.12 (linux)" } } })
      assert_finding(docker({ DOCKER_HOST = old.host }), "warn", "too old: its API is 1.24", "")
      local broken <close> = fakes.engine({ PING, { match = "/info", status = 500,
        body = { message = "no more" } } })
      assert_finding(docker({ DOCKER_HOST = broken.host }), "warn", "no more", "")
    end)

    it("that the way to its containers which was asked for is none", function()
      local fake <close> = fakes.engine({ PING, { match = "/info", body = { Driver = "x" } } })
      local found = doctor(nil, { DOCKER_HOST = fake.host, CLNRM_DOCKER_RUNG = "ladder" })
      assert_finding(found["  agent"], "warn", "CLNRM_DOCKER_RUNG", "")
      assert.equal("warn", found["  leftovers"].status) -- this engine knows no containers
      assert.equal(0, found.code)
    end)
  end)

  it("misses no engine that nobody named", function()
    local found = doctor(nil, { DOCKER_HOST = "", CONTAINER_HOST = "", HOME = dir,
      XDG_RUNTIME_DIR = dir })
    local podman = found.podman
    if podman.status ~= "ok" then
      assert_finding(podman, "none", "Podman does not run here", "none")
    end
    assert.equal(0, found.code)
  end)

  for name, remedy in pairs({ docker = "systemctl start docker", podman = "podman.socket" }) do
    it("fails with 6 where the project's backend is missing, and misses no other: " .. name,
      function()
        support.write(dir .. "/clnrm.toml", ('[cli]\nbackend = "%s"\n'):format(name))
        local found = doctor()
        assert.equal(6, found.code)
        assert_finding(found[name], "fail", "does not run here", remedy)
        local got = support.sh("DOCKER_HOST=unix:///nowhere CONTAINER_HOST=unix:///nowhere "
          .. '"$CLNRM" doctor', { cwd = dir })
        assert.equal(6, got.code)
        assert.matches("1 problem: tests cannot run here %(exit code 6%)", got.out)
      end)
  end

  case("takes a sandbox that makes no rooms for a warning where an engine is used",
    NO_USERNS .. "true", function()
      local fake <close> = fakes.engine({ PING, { match = "/info", body = { Driver = "x" } } })
      support.write(dir .. "/clnrm.toml", '[cli]\nbackend = "docker"\n')
      local found = doctor(NO_USERNS, { DOCKER_HOST = fake.host })
      assert.same({ 0, "warn", "ok" }, { found.code, found.rooms.status, found.docker.status })
    end)

  it("tells of wrong settings, examines all the same, and ends with 2", function()
    support.write(dir .. "/clnrm.toml", "[cli]\njobs = 0\n")
    local found = doctor()
    assert.equal(2, found.code)
    assert_finding(found.settings, "fail", "they cannot be used", "--config none")
    assert.matches("E203", found.err)
    assert.equal("ok", found.rooms.status)
    local got = support.sh('"$CLNRM" doctor', { cwd = dir })
    assert.matches("tests cannot run here %(exit code 2%)", got.out)
  end)
end)
