--- Whole runs with services in Docker, ended at a hundred random moments by each of three signals,
--- among fifty things that only look like theirs.
local docker = dofile("tests/e2e/docker_support.lua")
local owners_of = dofile("tests/tools/engine_owners.lua")
local proc = require("core.proc")
local support, task = docker.support, require("core.task")

local ROUNDS, AT_ONCE, WINDOW_MS, CLEAN_TRIES, PAUSE_MS = 100, 4, 4000, 100, 100

local FILE = [==[
[meta]
name = "a"
[services.web]
image = "$image"
command = "httpd -p 8080 -h /etc; trap 'exit 0' TERM; while :; do sleep 0.1; done"
wait = { port = 8080 }
[services.client]
image = "$image"
command = ["sleep", "600"]
stop_timeout = "100ms"
depends_on = ["web"]
[[steps]]
name = "asks"
service = "client"
command = "wget -qO- http://web:8080/hostname; sleep 1"
expect.stdout.contains = "web"
]==]

--- What the end of a run may be: by the signal, or before it came.
local ENDS = {
  KILL = { number = 9, signal = 9 },
  INT = { number = 2, code = 130 },
  TERM = { number = 15, code = 143 },
}

--- Begins a run and ends it at a random moment.
---@return { id: string, was_ended: boolean, had_services: boolean }
local function end_one(place, engine, ending)
  local process <close> = assert(proc.spawn({
    argv = { support.clnrm, "run", "-f", "events", "--backend", "docker" },
    env = { "DOCKER_HOST=" .. engine.host, "XDG_STATE_HOME=" .. place.dir .. "/.state",
      "PATH=" .. os.getenv("PATH"), "HOME=/nonexistent" },
    cwd = place.dir,
  }))
  while not process:stdout():find('"run_begin"', 1, true) do
    task.sleep(5)
  end
  task.sleep(math.random(0, WINDOW_MS))
  process:signal(ending.number)
  local result = assert(process:wait())
  local out = process:stdout()
  local is_over = result.code == 0 and out:find('"verdict":"pass"', 1, true) ~= nil
  if not is_over then
    assert.same({ ending.signal, ending.code }, { result.signal, result.code }, process:stderr())
  end
  return {
    id = assert(out:match('"run_id":"(%x+)"')),
    was_ended = not is_over,
    had_services = out:find('"service_begin"', 1, true) ~= nil,
  }
end

--- Waits until nothing of some runs is left, ten seconds at most.
local function await_clean(place, runs)
  local left
  for _ = 1, CLEAN_TRIES do
    left = place.files()
    for _, run in ipairs(runs) do
      left = left .. table.concat(place.left(run.id), " ")
    end
    if left == "" then
      break
    end
    task.sleep(PAUSE_MS)
  end
  assert.equal("", left)
end

describe("of a hundred runs with services in Docker that are ended by", function()
  for name, ending in pairs(ENDS) do
    it(("SIG%s, none leaves anything, and each tells its end"):format(name), function()
      local engine = assert(docker.engines.engine())
      local image = assert(docker.engines.image("busybox"))
      local place <close> = docker.place(engine)
      place.write("a.clnrm.toml", (FILE:gsub("%$image", image)))
      local owners = owners_of.new(engine, image, docker.engines.LABEL)
      local decoys, was_ended, had_services = owners:decoys(), 0, 0
      math.randomseed(ending.number)
      for _ = 1, ROUNDS, AT_ONCE do
        local tasks, runs = {}, {}
        for i = 1, AT_ONCE do
          tasks[i] = task.spawn(end_one, place, engine, ending)
        end
        for i, one in ipairs(tasks) do
          runs[i] = assert(one:join())
          was_ended = was_ended + (runs[i].was_ended and 1 or 0)
          had_services = had_services + (runs[i].had_services and 1 or 0)
        end
        await_clean(place, runs)
        assert.equal(decoys.count, decoys:left())
      end
      decoys:close()
      owners:close()
      assert.is_true(was_ended > ROUNDS // 2, was_ended .. " were ended")
      assert.is_true(had_services > ROUNDS // 4, had_services .. " had services")
    end)
  end
end)
