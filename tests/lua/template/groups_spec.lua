local groups = require("engine.template.groups")
local fs = require("core.fs")

local function names(t)
  local list = {}
  for name in pairs(t) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

describe("engine.template.groups", function()
  -- What no list has is found all the same, but only by loading every group.
  it("lists what is in the groups of filters and functions", function()
    for _, kind in ipairs({ "filters", "functions" }) do
      local dir = (os.getenv("CLNRM_ROOT") or ".") .. "/lua/engine/template/" .. kind
      local text = assert(fs.read(dir .. "/init.lua"))
      for _, entry in ipairs(assert(fs.scandir(dir))) do
        local group = entry.name:match("^(.*)%.lua$")
        if group ~= "init" then
          local listed, has = {}, {}
          local list = text:match("\n  " .. group .. " = %[%[(.-)%]%]")
            or text:match("\n  " .. group .. ' = "(.-)"')
          for name in assert(list, group):gmatch("%S+") do
            listed[name] = true
          end
          for name in pairs(require(("engine.template.%s.%s"):format(kind, group))) do
            has[name] = not name:find("^fake_") or nil
          end
          assert.same(names(has), names(listed), group)
        end
      end
    end
  end)

  it("loads a group when one of its names is asked for", function()
    package.loaded["test.a"], package.loaded["test.b"] = nil, nil
    local loaded = {}
    for name, functions in pairs({ ["test.a"] = { one = print }, ["test.b"] = { two = type } }) do
      package.preload[name] = function()
        loaded[#loaded + 1] = name
        return functions
      end
    end
    local t = groups.open("test.", { a = "one", b = "two" })
    assert.same({}, loaded)
    assert.equal(print, t.one)
    assert.same({ "test.a" }, loaded)
    assert.is_nil(t.three)
    assert.equal(2, #loaded)
    package.preload["test.a"], package.preload["test.b"] = nil, nil
  end)

  it("keeps what was added and replaced, and finds what no list has", function()
    package.loaded["test.a"] = { one = print, more = type }
    local t = groups.open("test.", { a = "one" })
    t.one, t.own = error, assert
    assert.same({ "more", "one", "own" }, names(t))
    assert.equal(error, t.one)
    assert.equal(type, groups.open("test.", { a = "one" }).more)
    package.loaded["test.a"] = nil
  end)
end)
