--- Runs whose rooms are made ahead and used again, ended by three signals at random moments.
local docker = dofile("tests/e2e/docker_support.lua")
local proc = require("core.proc")
local support, task = docker.support, require("core.task")

local ROUNDS, WINDOW_MS, GONE_TRIES, PAUSE_MS = 20, 2000, 600, 50
local COUNT = 6

--- Writes scenarios whose rooms are used once, and some that are used again.
local function write(place, image)
  for name, reuse in pairs({ once = "never", again = "verified" }) do
    local head = '[meta]\nname = %q\n[room]\nimage = %q\nreuse = %q\n'
    local text = { head:format(name, image, reuse) }
    for i = 1, COUNT do
      text[#text + 1] = ('[[scenario]]\nname = "s%d"\nrun = "sleep 0.1"\n'):format(i)
    end
    place.write(name .. ".clnrm.toml", table.concat(text))
  end
end

describe("of runs with a pool that are ended by", function()
  for seed, case in ipairs({ { "KILL", 9 }, { "INT", 2 }, { "TERM", 15 } }) do
    it(("SIG%s, none leaves anything behind"):format(case[1]), function()
      local engine, why = docker.engines.engine()
      assert(engine, why)
      local place <close> = docker.place(engine)
      write(place, assert(docker.engines.image("busybox")))
      math.randomseed(seed)
      local had_made = 0
      for round = 1, ROUNDS do
        local process <close> = assert(proc.spawn({
          argv = { support.clnrm, "run", "-f", "events", "--backend", "docker", "-j2" },
          env = { "DOCKER_HOST=" .. engine.host, "XDG_STATE_HOME=" .. place.dir .. "/.state",
            "PATH=" .. os.getenv("PATH"), "HOME=/nonexistent" },
          cwd = place.dir,
        }))
        for _ = 1, round % 2 == 0 and GONE_TRIES or 0 do -- an engine that is busy takes its time
          if process:stdout():find('"room_begin"', 1, true) then
            break
          end
          task.sleep(PAUSE_MS)
        end
        task.sleep(math.random(0, WINDOW_MS))
        process:signal(case[2])
        process:wait()
        local id = process:stdout():match('"run_id":"(%x+)"')
        had_made = had_made + (process:stdout():find('"room_begin"', 1, true) and 1 or 0)
        local left, files
        for _ = 1, GONE_TRIES do
          left, files = id and place.left(id) or {}, place.files()
          if #left == 0 and files == "" then
            break
          end
          task.sleep(PAUSE_MS)
        end
        assert.same({}, left, ("round %d of SIG%s"):format(round, case[1]))
        assert.equal("", files)
      end
      assert.is_true(had_made > ROUNDS // 4, had_made .. " rounds had used a room")
    end)
  end
end)
