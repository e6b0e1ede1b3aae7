--- tools/strip.lua: what a chunk says of itself without the names of its variables.
local strip = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tools/strip.lua")

local PROGRAM = [==[
local upvalue = { n = 1 }
local long = ("x"):rep(3) .. "a text of more than forty bytes, which is no short one"
local function inner(first, ...)
  local sum = first + 0.5 + 7 + select("#", ...)
  if sum > 1e300 or sum == 0x7fffffffffffffff or first == nil or first == true or not first then
    return nil
  end
  for name, value in pairs(upvalue) do
    sum = sum + value + #name
  end
  return sum, long, function() return upvalue, sum end
end
return inner, function(wanted)
  local missing
  return missing.field, wanted
end
]==]

describe("tools/strip.lua", function()
  local whole = assert(load(PROGRAM, "@some/program.lua"))
  local stripped = assert(load(strip(string.dump(whole)), "program", "b"))

  it("leaves what a program does", function()
    local function results(chunk)
      local sum, long, last = chunk()(3, "a", "b")
      local upvalue, same = last()
      return { sum, long, upvalue.n, same }
    end
    assert.same(results(whole), results(stripped))
    assert.equal(14.5, results(stripped)[1])
  end)

  it("leaves where each function stands, and each line", function()
    local inner, raises = stripped()
    local info = debug.getinfo(inner, "SL")
    assert.same({ "@some/program.lua", 3, 12 },
      { info.source, info.linedefined, info.lastlinedefined })
    assert.same(debug.getinfo((whole()), "L").activelines, info.activelines)
    local _, message = pcall(raises)
    assert.matches("^some/program.lua:15: attempt to index a nil value", message)
  end)

  it("takes out the names of locals, and leaves those of upvalues", function()
    local bytes = strip(string.dump(whole))
    for _, name in ipairs({ "inner", "missing", "wanted" }) do
      assert.is_truthy(string.dump(whole):find(name, 1, true), name)
      assert.is_nil(bytes:find(name, 1, true), name)
    end
    assert.equal("_ENV", (debug.getupvalue((stripped()), 1)))
    assert.equal(bytes, strip(bytes))
  end)

  it("was at every module that is built in, unless a tree is read instead", function()
    local embed, count = require("core.embed"), 0
    for _, name in ipairs(embed.list()) do
      local chunk, file = embed.find(name)
      assert.equal("@" .. file, debug.getinfo(chunk, "S").source)
      assert.equal(strip(string.dump(chunk)), string.dump(chunk), name)
      count = count + 1
    end
    assert.is_true(count > 500)
  end)

  it("refuses what is no whole chunk", function()
    local bytes = string.dump(whole)
    assert.has_error(function() strip("return 1") end)
    assert.has_error(function() strip(bytes .. "x") end)
    assert.has_error(function() strip(bytes:sub(1, -20)) end)
  end)
end)
