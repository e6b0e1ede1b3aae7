--- A room made when it is due, one that waited in the pool, and one that is used again: until one
--- `true` step in it has ended.
local clock = require("core.clock")
local compare = require("compare")
local filled_pool = require("filled_pool")

local docker_images = dofile("tests/lua/docker/engines.lua")

local TRUE = { "/usr/bin/true" }
local ROUNDS = 10

--- A pool of `count` rooms that all wait.
local function filled(backend, spec, count)
  local all = setmetatable({ pools = "all" }, { __index = backend }) -- also where it would not pay
  local pool, await = filled_pool.new(backend.open, count)
  local tickets = {}
  for i = 1, count do
    tickets[i] = assert(pool:expect(all, spec))
  end
  await()
  return pool, tickets
end

local function step(room)
  local result = assert(room:exec({ argv = TRUE }))
  assert(result.exit_code == 0)
end

--- Takes the times of `count` calls.
local function times(count, fn)
  local samples = {}
  for i = 1, count do
    local start = clock.now()
    fn(i)
    samples[i] = clock.now() - start
  end
  return samples
end

local function cases_of(backend, spec, count, goals)
  local name = backend.name
  local warm = assert(backend.open(spec))
  local function case(title, measure, goal)
    return { name = name .. ": " .. title, measure = measure, goal = goal }
  end
  local list = {
    case("a bare step, in a room that is there", function()
      return times(count, function()
        step(warm)
      end)
    end),
    case("a round trip to the agent", function()
      return times(count, function()
        assert(warm:stat("/"))
      end)
    end),
    case("a room made when it is due, and a step", function()
      local rooms = {}
      local samples = times(count, function(i)
        rooms[i] = assert(backend.open(spec))
        step(rooms[i])
      end)
      for _, room in ipairs(rooms) do
        room:close()
      end
      return samples
    end),
    case("a room from the pool, and a step", function()
      local pool, tickets = filled(backend, spec, count)
      local rooms = {}
      local samples = times(count, function(i)
        rooms[i] = assert(pool:take(tickets[i]))
        step(rooms[i])
      end)
      for _, room in ipairs(rooms) do
        room:close()
      end
      pool:close()
      return samples
    end, goals.pool),
    case("the pop alone, with its round trip", function()
      local pool, tickets = filled(backend, spec, count)
      local rooms = {}
      local samples = times(count, function(i)
        rooms[i] = assert(pool:take(tickets[i]))
      end)
      for _, room in ipairs(rooms) do
        room:close()
      end
      pool:close()
      return samples
    end),
    case("a room that is used again, a step, and the look at what is left", function()
      local again = { name = "bench", run_id = spec.run_id, room = { reuse = "verified" } }
      for key, value in pairs(spec.room) do
        again.room[key] = value
      end
      local pool, tickets = filled(backend, again, 1)
      local room = assert(pool:take(tickets[1]))
      assert(pool:give_back(tickets[1], room))
      local samples = times(count, function()
        local ticket = assert(pool:expect(backend, again))
        room = assert(pool:take(ticket))
        step(room)
        assert(pool:give_back(ticket, room))
      end)
      pool:close()
      return samples
    end, goals.again),
  }
  return list, warm
end

local function run(backend, spec, count, goals)
  local cases, warm = cases_of(backend, spec, count, goals)
  local ok, err = pcall(compare.run, {
    name = "pool_" .. backend.name,
    title = ("rooms of %s until one `true` step has ended; closing them is not in these times")
      :format(backend.name),
    rounds = ROUNDS,
    cases = cases,
  })
  warm:close()
  if backend.finish then
    backend.finish()
  end
  assert(ok, err)
end

run(require("engine.backend.sandbox"), { name = "bench", run_id = "bench",
  room = { project = "none" } }, 10, { pool = "ratio 2" })

local engine, why = docker_images.engine()
local image = engine and docker_images.image("busybox")
if not image then
  print("pool: no rooms of Docker: " .. tostring(why))
else
  local backend = require("engine.backend.docker")
  local room = { project = "none", image = { kind = "stored", name = image, text = image } }
  assert(backend.prepare(room))
  TRUE = { "/bin/true" }
  run(backend, { name = "bench", run_id = "bench", room = room }, 3, { pool = "20 ms",
    again = "20 ms" })
end
