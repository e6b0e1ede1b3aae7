-- redis from Lua: the same server, and two clients at the same time.
local clnrm = require("clnrm")
local expect = clnrm.expect

local function open(t)
  return t:open({ services = { cache = clnrm.service.redis({ port = 7000 }) } })
end

clnrm.test("a value is there until it expires", { tags = { "service", "redis" } }, function(t)
  local room = open(t)
  room:exec("redis-cli -h cache -p 7000 set token abc px 100", { check = true })
  expect(function()
    return room:exec({ "redis-cli", "-h", "cache", "-p", "7000", "exists", "token" }).stdout
  end):eventually({ within = "5s", every = "20ms" }):equals("0\n")
end)

clnrm.test("a subscriber hears what another client says", function(t)
  local room = open(t)
  local subscriber = room:start({ "redis-cli", "-h", "cache", "-p", "7000", "subscribe", "news" })
  local lines = subscriber:lines()
  expect(lines()):equals("subscribe")

  local heard = room:exec({ "redis-cli", "-h", "cache", "-p", "7000", "publish", "news", "hello" })
  expect(heard.stdout):equals("1\n")

  local seen = {}
  for line in lines do
    seen[#seen + 1] = line
    if line == "hello" then
      break
    end
  end
  assert(seen[#seen] == "hello", "the subscriber was told nothing")
end)
