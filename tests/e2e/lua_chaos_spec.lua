--- Faults that a Lua test makes: what it sees under them, how they end, and that one that cannot be
--- made is no pass.
local lua = dofile("tests/e2e/lua_support.lua")
local run, failure = lua.run, lua.failure

local OPEN = [[
local function open(t, more)
  more.plugin = "redis"
  local room = t:open({ services = { cache = more } })
  return room, room:service("cache")
end
local function ping(room)
  return room:exec("timeout 0.3 redis-cli -h cache ping").exit_code
end
]]

local function passes(body)
  local got = run(OPEN .. body)
  local first = got.failures[1]
  assert.equal(0, got.code, first and ("%s line %s: %s"):format(first.code, first.line,
    first.message))
  return got
end

describe("a fault of a Lua test", function()
  it("ends with its scope, by `heal`, after its time, and with its room", function()
    local got = passes([[
test("scope", function(t)
  local room, cache = open(t, { relay = true })
  do
    local fault <close> = clnrm.chaos.partition(cache)
    expect(tostring(fault)):contains("net_partition on cache")
    expect(ping(room)):equals(124)
  end
  expect(ping(room)):equals(0)
end)
test("heal", function(t)
  local room, cache = open(t, {})
  local fault = clnrm.chaos.kill(cache, { signal = "TERM" })
  expect(ping(room)):equals(1)
  expect(fault:heal()):is_true()
  expect(fault:heal()):is_true()
  expect(ping(room)):equals(0)
end)
test("time", function(t)
  local room, cache = open(t, {})
  clnrm.chaos.pause(cache, { lasts = "400ms" })
  expect(ping(room)):equals(124)
  expect(function() return ping(room) end):eventually({ within = 10 }):equals(0)
end)
test("room", function(t)
  local room, cache = open(t, {})
  clnrm.chaos.pause(cache)
  expect(ping(room)):equals(124)
end)
test("start", function(t)
  local room, cache = open(t, {})
  clnrm.chaos.stop(cache)
  expect(ping(room)):equals(1)
  cache:start()
  expect(ping(room)):equals(0)
end)]])
    local healed = {}
    for _, result in ipairs(got.results) do
      healed[result.name] = result.faults[1].healed_by
    end
    assert.same({ scope = "heal", heal = "heal", time = "for", room = "end", start = "end" },
      healed)
  end)

  it("that cannot be made is an error, also within pcall", function()
    local got = run(OPEN .. [[
test("no relay", function(t)
  local room, cache = open(t, {})
  expect(ping(room)):equals(0)
  clnrm.chaos.delay(cache, "100ms")
end)
test("pcall", function(t)
  local room, cache = open(t, {})
  expect(pcall(clnrm.chaos.disk_full, cache, { path = "/usr" })):equals(false)
  expect(ping(room)):equals(0)
end)
test("misuse", function(t)
  local _, cache = open(t, {})
  expect(function() clnrm.chaos.delay(cache, -1) end):raises("second argument")
  expect(function() clnrm.chaos.kill(cache, { signal = "HUP" }) end):raises("SIGKILL")
  expect(function() clnrm.chaos.pause("cache") end):raises("service of a room")
  expect(function() clnrm.chaos.pause(cache, { last = 1 }) end):raises("lasts")
end)]])
    assert.same({ ["no relay"] = "error", pcall = "error", misuse = "pass" }, got.verdicts)
    assert.matches("relay = true", failure(got, "T901").help)
  end)

  it("is told of a command that fails under it", function()
    local got = run(OPEN .. [[
test("told", function(t)
  local room, cache = open(t, {})
  clnrm.chaos.pause(cache)
  room:exec("timeout 0.2 redis-cli -h cache ping", { check = true })
end)]])
    assert.equal(1, got.code)
    assert.matches("faults that were made: pause on cache", got.out)
  end)
end)
