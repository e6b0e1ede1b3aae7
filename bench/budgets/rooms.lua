--- Budgets of rooms: containers made, used again and taken from the pool; services and steps side
--- by side.
local clock = require("core.clock")
local client = require("engine.docker.client")
local compare = require("compare")
local docker = require("engine.backend.docker")
local filled_pool = require("filled_pool")
local json = require("core.json")

local clnrm = assert(os.getenv("CLNRM"))
local ROOMS, RUNS = 10, 5
local TRUE = { "/bin/true" }

local function step(room)
  assert(assert(room:exec({ argv = TRUE })).exit_code == 0)
end

--- When the engine was asked for something, each { from, to }.
local asked = {}

--- Notes each request to the engine from here on.
local function note_requests()
  local connect, is_noted = client.connect, false
  client.connect = function(...)
    local made, err = connect(...)
    if made and not is_noted then
      is_noted = true
      local methods = getmetatable(made).__index
      for _, name in ipairs({ "ask", "call", "stream" }) do
        local method = methods[name]
        methods[name] = function(self, verb, path, ...)
          local one = { clock.now() }
          if not path:find("/wait$") then -- that one lasts as long as the container
            asked[#asked + 1] = one
          end
          local results = table.pack(method(self, verb, path, ...))
          one[2] = clock.now()
          return table.unpack(results, 1, results.n)
        end
      end
    end
    return made, err
  end
end

--- How much of a time no request was under way.
local function own_ns(from, to)
  local own, at = 0, from
  for _, one in ipairs(asked) do -- by their begin
    if one[1] < to and (one[2] or to) > at then
      own = own + math.max(0, one[1] - at)
      at = math.max(at, one[2] or to)
    end
  end
  return own + math.max(0, to - at)
end

--- Makes containers, one after the other; returns the times to the end of a step, and our part.
local function made(backend, spec)
  local samples, own = {}, {}
  for i = 1, ROOMS do
    asked = {}
    local began = clock.now()
    local room = assert(backend.open(spec))
    step(room)
    local ended = clock.now()
    samples[i], own[i] = ended - began, own_ns(began, ended)
    room:close()
  end
  return samples, own
end

--- A container of the pool, until a step in it has ended.
local function pooled(backend, spec)
  local samples = {}
  for _ = 1, 2 do
    local pool, await = filled_pool.new(docker.open, ROOMS // 2)
    local tickets, rooms = {}, {}
    for i = 1, ROOMS // 2 do
      tickets[i] = assert(pool:expect(backend, spec))
    end
    await()
    for i, ticket in ipairs(tickets) do
      local began = clock.now()
      rooms[i] = assert(pool:take(ticket))
      step(rooms[i])
      samples[#samples + 1] = clock.now() - began
    end
    for _, room in ipairs(rooms) do
      room:close()
    end
    pool:close()
  end
  return samples
end

--- A container that was used before, looked through and used again.
local function reused(backend, spec)
  local samples = {}
  local again = { name = spec.name, run_id = spec.run_id, room = { reuse = "verified" } }
  for key, value in pairs(spec.room) do
    again.room[key] = value
  end
  local pool, await = filled_pool.new(docker.open, 1)
  local ticket = assert(pool:expect(backend, again))
  await()
  local room = assert(pool:take(ticket))
  assert(pool:give_back(ticket, room))
  for i = 1, ROOMS do
    local began = clock.now()
    ticket = assert(pool:expect(backend, again))
    room = assert(pool:take(ticket))
    step(room)
    assert(pool:give_back(ticket, room))
    samples[i] = clock.now() - began
  end
  pool:close()
  return samples
end

local function gains(slow, fast)
  table.sort(slow)
  table.sort(fast)
  return { slow[(#slow + 1) // 2] / fast[(#fast + 1) // 2] }
end

local function containers(sheet)
  local engines = dofile("tests/lua/docker/engines.lua")
  local image = engines.engine() and engines.image("busybox")
  if not image then
    print("budgets: no Docker here: its containers are not measured")
    return
  end
  note_requests()
  local room = { project = "none", image = { kind = "stored", name = image, text = image } }
  assert(docker.prepare(room))
  local spec = { name = "bench", run_id = "bench", room = room }
  made(docker, spec)
  local fresh, own = made(docker, spec)
  local from_pool, again = pooled(docker, spec), reused(docker, spec)
  docker.finish()
  sheet:time("container_start_cached, to the end of a first step", fresh, 2000, 2000,
    "most of it is the engine's")
  sheet:time("container_start_cached, while the engine is not asked", own, 2000)
  sheet:time("container_pool: a room from it, and a step", from_pool, 1000, 20)
  sheet:time("container_reuse: used again, and looked through", again, 1000, 20)
  sheet:add({ name = "container_reuse: so many times as fast", unit = "×",
    samples = gains(fresh, again), published = 10, note = "published 10 to 50 ×" })
end

--- Runs a file and returns what its scenario took, in nanoseconds.
local function scenario_ns(path, options)
  local took
  local pipe = assert(io.popen(("%s run --no-record -f events %s %s"):format(clnrm, options or "",
    path)))
  for line in pipe:lines() do
    local e = json.decode(line)
    if e.event == "scenario_end" then
      assert(e.verdict == "pass", line)
    elseif e.event == "run_end" then
      took = math.floor(e.duration_ms * 1e6)
    end
  end
  assert(pipe:close() and took, path)
  return took
end

local function times(path, options)
  local samples = {}
  for i = 1, RUNS do
    samples[i] = scenario_ns(path, options)
  end
  return samples
end

--- Services that are ready after so long, one after the other or side by side.
local function services(count, in_row)
  local parts = { '[meta]\nname = "services"\n' }
  for i = 1, count do
    parts[#parts + 1] = ('[services.s%d]\ncommand = ["sh", "-c", "sleep 0.5; : > /tmp/s%d; '
      .. 'sleep 60"]\nwait = { file = "/tmp/s%d" }\n'):format(i, i, i)
    if in_row and i > 1 then
      parts[#parts + 1] = ('depends_on = ["s%d"]\n'):format(i - 1)
    end
  end
  return table.concat(parts) .. '[[steps]]\nname = "all are there"\ncommand = ["/bin/true"]\n'
end

local function steps(concurrent)
  local parts = { '[meta]\nname = "steps"\n[[scenario]]\nname = "all"\n', concurrent }
  for i = 1, 8 do
    parts[#parts + 1] = ('[[scenario.steps]]\nname = "s%d"\ncommand = ["sleep", "0.1"]\n'):format(i)
  end
  return table.concat(parts)
end

local function suite()
  local parts = { '[meta]\nname = "suite"\n' }
  for i = 1, 10 do
    parts[#parts + 1] = ('[[scenario]]\nname = "s%d"\nrun = ["sleep", "0.1"]\n'):format(i)
  end
  return table.concat(parts)
end

---@param sheet bench.budgets.Sheet
return function(sheet)
  containers(sheet)
  local dir = compare.directory("budgets-rooms")
  local function file(name, text)
    local path = ("%s/%s.clnrm.toml"):format(dir, name)
    compare.write(path, text)
    return path
  end
  local row, side = times(file("row", services(4, true))), times(file("side", services(4, false)))
  sheet:time("parallel_services: 4 that need 0.5 s each", side)
  sheet:add({ name = "parallel_services: so many times as fast as in a row", unit = "×",
    samples = gains(row, side), published = 4 / 1.2, ours = 4 / 1.1,
    note = "4 × were the limit; 20 % less is tolerated" })
  sheet:add({ name = "parallel steps, 4 of 8 at once", unit = "×", published = 2, ours = 3,
    samples = gains(times(file("one", steps(""))), times(file("four", steps("concurrent = 4\n")))),
    note = "published 2 to 4 ×" })
  local ten = file("suite", suite())
  sheet:add({ name = "a suite of 10 scenarios, 5 at once", unit = "×", published = 2.8,
    samples = gains(times(ten, "-j 1"), times(ten, "-j 5")), note = "published 2.8 to 4.4 ×" })
  local peak = {}
  local many = compare.directory("budgets-pool")
  for i = 1, 50 do
    compare.write(("%s/t%d.clnrm.toml"):format(many, i), ('[meta]\nname = "t%d"\n[[steps]]\n'
      .. 'name = "s"\ncommand = ["/bin/true"]\n'):format(i))
  end
  for i = 1, RUNS do
    local _, kb = compare.command(1, ("%s run -q --no-record -j 8 %s"):format(clnrm, many))()
    peak[i] = kb / 1024
  end
  sheet:add({ name = "memory_usage: a run of 50 scenarios, 8 at once, at its peak", unit = "MB",
    samples = peak, published = 100, note = "the base of the worker pool" })
end
