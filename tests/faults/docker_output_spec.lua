--- A gigabyte that a container prints: on each rung, and as the log of a service.
local docker = dofile("tests/e2e/docker_support.lua")
local json = require("core.json")
local proc = require("core.proc")

local RSS_MAX_KB, GB = 64 << 10, 1 << 30
local PRINTS = "printf 'the head'; head -c 1073741808 /dev/zero; printf 'the tail'"

local ROOM = [==[
[meta]
name = "big"
[room]
image = "$image"
[[steps]]
name = "prints"
timeout = "10m"
command = "$prints"
expect.stdout.contains = ["the head", "the tail"]
]==]

local SERVICE = [==[
[meta]
name = "big"
[services.app]
image = "$image"
command = "$prints; echo; echo done; exec sleep 600"
wait = { log = "^done$", timeout = "10m" }
stop_timeout = "100ms"
[[steps]]
name = "is there"
command = ["true"]
]==]

describe("a gigabyte of a container", function()
  local function run(text, rung)
    local engine = assert(docker.engines.engine())
    local image = assert(docker.engines.image("busybox"))
    local place <close> = docker.place(engine)
    place.write("a.clnrm.toml", (text:gsub("%$(%l+)", { image = image, prints = PRINTS })))
    local process <close> = assert(proc.spawn({
      argv = { docker.support.clnrm, "run", "-f", "json", "--backend", "docker", "-j1" },
      env = { "DOCKER_HOST=" .. engine.host, "XDG_STATE_HOME=" .. place.dir .. "/.state",
        "PATH=" .. os.getenv("PATH"), "HOME=/nonexistent", "CLNRM_DOCKER_RUNG=" .. rung },
      cwd = place.dir,
    }))
    local result = assert(process:wait())
    local report = assert(json.decode((process:stdout())), (process:stderr()))
    assert.equal(0, result.code, docker.failure(report))
    assert.is_true(result.rusage.max_rss_kb <= RSS_MAX_KB, result.rusage.max_rss_kb .. " kB")
    return report.results[1]
  end

  for _, rung in ipairs({ "socket", "stdio", "exec" }) do
    it("by " .. rung .. " is counted exactly, and memory is not needed for it", function()
      assert.equal(GB, run(ROOM, rung).steps[1].stdout_bytes)
    end)
  end

  it("as the log of a service needs no memory either", function()
    run(SERVICE, "socket")
  end)
end)
