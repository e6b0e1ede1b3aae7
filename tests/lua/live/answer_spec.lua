--- What a run says to whoever asks: requests of any form, and faults of its own.
local answer = require("engine.live.answer")
local crew = require("engine.service.crew")
local json = require("core.json")
local log = require("engine.service.log")
local restart = require("engine.live.restart")

--- A run with one room, whose only service is `web`.
local function desk(words)
  local set = { specs = { web = {} }, names = { "web" }, room = {} }
  local function plain(text)
    return text
  end
  local web = { name = "web", state = "new", spec = {}, log = log.new(plain), mask = plain }
  function set.get()
    return web
  end
  local services = { set = set, cx = { scenario = { id = "a" }, course = {} } }
  local room = { key = 1, number = 1, services = services, followers = {} }
  return { crew = crew.new(), rooms = { room },
    run = { active = {}, secrets = {
      id = function(_, id)
        return id
      end,
      mask = function()
        return words and words[1] and { text = function(_, text)
          for _, word in ipairs(words) do
            text = text:gsub(word, "***")
          end
          return text
        end }
      end,
    } } }
end

--- Says a line to it; returns what it answers.
---@param line string
---@param later? fun() what happens while it listens
local function ask(self, line, later)
  local said, connection = {}, { unsent = function() return 0 end, flush = function() end }
  function connection.read()
    local text = line
    line = nil
    if not text and later then
      later()
    end
    return text
  end
  function connection.write(_, text)
    said[#said + 1] = assert(json.decode(text))
    return true
  end
  setmetatable(connection, { __close = function() end })
  answer.to(self, connection)
  assert.is_true(said[#said].done)
  return said[#said].error, said
end

describe("engine.live.answer", function()
  it("answers every form of request, and says where a field is not one", function()
    local deep = ("["):rep(60) .. ("]"):rep(60)
    local values = { "null", "true", "1", "-1", "0.5", "1e308", "9223372036854775807", '""',
      '"web"', '"rooms"', "[]", "{}", '{"a":[1]}', deep, '"' .. ("x"):rep(100000) .. '"' }
    local good = { ask = '"restart"', version = "1", key = "1", service = '"web"' }
    local refused = 0
    for _, what in ipairs({ "rooms", "logs", "restart" }) do
      good.ask = '"' .. what .. '"'
      for name in pairs(good) do
        for at = 0, #values do
          local parts = {}
          for field, value in pairs(good) do
            local text = field == name and (values[at] or "") or value
            parts[#parts + 1] = text ~= "" and ('"%s":%s'):format(field, text) or nil
          end
          local err = ask(desk(), "{" .. table.concat(parts, ",") .. "}")
          if err then
            assert.is_true(({ EPROTO = true, EINVAL = true, ENOENT = true })[err.code],
              name .. " " .. (values[at] or "missing"):sub(1, 40) .. ": " .. err.message)
            assert.is_true(#err.message < 1000)
            assert.is_nil(err.message:find("0x", 1, true))
            refused = refused + 1
          end
        end
      end
    end
    assert.is_true(refused > 100, refused)
    local function message(line)
      return ask(desk(), line).message
    end
    assert.equal("the request has no service", message('{"ask":"restart","version":1,"key":1}'))
    assert.equal("'service' of the request is not a text",
      message('{"ask":"restart","version":1,"key":1,"service":{}}'))
    assert.equal("'key' of the request is not an integer",
      message('{"ask":"logs","version":1,"key":"1"}'))
    assert.equal("'follows' of the request is not true or false",
      message('{"ask":"logs","version":1,"key":1,"follows":1}'))
    for _, line in ipairs({ "", "[]", "null", "\xff", "1", '"rooms"', deep, "{", ("{\"a\":"):rep(9)
      }) do
      assert.equal("EPROTO", ask(desk(), line).code)
    end
  end)

  it("shows no secret that the test has come to know while its service is followed", function()
    local words = {}
    local self = desk(words)
    local web = self.rooms[1].services.set.get()
    web.log:add("stdout", "before hush\n")
    local _, said = ask(self, '{"ask":"logs","version":1,"key":1,"follows":true}', function()
      words[1] = "hush" -- t:secret
      web.log:add("stdout", "then hush\n")
    end)
    assert.same({ "before hush", "then ***" }, { said[1].line, said[2].line })
  end)

  it("ends the conversation alone, and says so, when it has a fault itself", function()
    local run = stub(restart, "run").invokes(function()
      error("broken by hush")
    end)
    finally(function()
      run:revert()
    end)
    local err = ask(desk({ "hush" }), '{"ask":"restart","version":1,"key":1,"service":"web"}')
    assert.equal("EFAILED", err.code)
    assert.matches("the run has a fault of its own in answering: ", err.message, 1, true)
    assert.matches("broken by ***", err.message, 1, true)
    assert.is_nil(err.message:find("hush", 1, true))
  end)
end)
