local follow = require("engine.live.follow")
local json = require("core.json")
local log = require("engine.service.log")

--- A connection that takes so many bytes.
local function connection(place)
  local talk = { sent = {}, waits = 0 }
  function talk:write(line)
    if self.waits + #line > place then
      return nil, { code = "ELIMIT" }
    end
    self.waits = self.waits + #line
    self.sent[#self.sent + 1] = assert(json.decode(line))
    return true
  end
  function talk:unsent()
    return self.waits
  end
  return talk
end

local function masked(word)
  return function(line)
    return (line:gsub(word, "***"))
  end
end

local function service(name, mask)
  mask = mask or masked("\0")
  return { name = name, log = log.new(mask), mask = mask }
end

--- What was said, in short.
local function told(talk)
  local list = {}
  for i, one in ipairs(talk.sent) do
    list[i] = one.line and one.service .. ":" .. one.line or one.service .. " missed " .. one.missed
  end
  return list
end

describe("engine.live.follow", function()
  it("tells what was printed, then each line when it has ended; no secrets", function()
    local talk, web = connection(1 << 20), service("web", masked("hush"))
    web.log:add("stdout", "a hush\nhu")
    local follower = follow.new(talk, masked("ada"))
    follower:add(web)
    assert.same({ "web:a ***" }, told(talk))
    web.log:add("stdout", "sh of ada\nx")
    web.log:add("stderr", "y\n")
    assert.same({ "web:a ***", "web:*** of ***", "web:y" }, told(talk))
    follower:finish()
    web.log:add("stdout", "z\n")
    assert.equal("web:x", told(talk)[4])
    assert.equal(4, #talk.sent)
    assert.is_nil(web.log.listeners)
  end)

  it("counts what finds no place, and says so when there is some", function()
    local talk, web = connection(200), service("web")
    local follower = follow.new(talk, masked("\0"))
    follower:add(web)
    for i = 1, 50 do
      web.log:add("stdout", "line " .. i .. "\n")
    end
    local taken = #talk.sent
    assert.is_true(taken > 0 and taken < 10)
    talk.waits = 0
    web.log:add("stdout", "last\n")
    local list = told(talk)
    assert.same({ "web missed " .. 50 - taken, "web:last" }, { list[taken + 1], list[taken + 2] })
  end)

  it("does not even look at what comes while too much waits, nor at too much at once", function()
    local talk, web, looked = connection(math.maxinteger), service("web"), 0
    web.mask = function(line)
      looked = looked + 1
      return line
    end
    local follower = follow.new(talk, masked("\0"))
    follower:add(web)
    local piece = ("x"):rep(99) .. "\n"
    for _ = 1, 200 do
      web.log:add("stdout", piece:rep(1000))
    end
    assert.is_true(looked < 100000, looked)
    local seen = looked
    talk.waits = 2 << 20
    web.log:add("stdout", piece:rep(10))
    assert.equal(seen, looked)
    talk.waits, follower.turn = 0, -1e9
    web.log:add("stdout", "last\n")
    local missed = 0
    for _, one in ipairs(talk.sent) do
      missed = missed + (one.missed or 0)
    end
    assert.equal(200010, looked - 1 + missed)
    follower:finish()
  end)
end)
