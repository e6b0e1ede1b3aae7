--- Every code of a diagnostic: its bad example gives it, its good one does not and ends well.
local codes = require("engine.codes")
local support = require("tests.e2e.support")

local FILES =
  { toml = "example.clnrm.toml", lua = "example.clnrm.lua", ["clnrm.toml"] = "clnrm.toml" }

--- Runs an example in a directory that holds one test besides, hello.clnrm.toml.
---@param text string
---@param own string its language
---@param code string
---@return tests.Result
local function run(text, own, code)
  local lang = own:gsub("^lint%-", "")
  local dir = support.tempdir()
  support.write(dir .. "/hello.clnrm.toml", support.HELLO)
  local command = text
  if lang ~= "sh" then
    local is_nameless = lang == "toml" and not text:find("[meta]", 1, true)
    support.write(dir .. "/" .. FILES[lang],
      (is_nameless and 'meta.name = "example"\n' or "") .. text)
    command = "clnrm run " .. (lang == "clnrm.toml" and "" or FILES[lang])
    if own ~= lang then
      local select = code:find("^L9") and "L0,L9" or code
      command = ("clnrm lint --deny-warnings --select %s %s"):format(select, FILES[lang])
    end
  end
  local result = support.sh(command, { cwd = dir, env = support.NO_ENGINE })
  support.remove(dir)
  return result
end

local function tells(result, code)
  return (result.out .. result.err):find("%f[%w]" .. code .. "%f[%W]") ~= nil
end

describe("the code", function()
  local without = 0
  for _, code in ipairs(codes.list()) do
    local example = codes.get(code).example
    if example and example.bad then
      local lang = example.lang or "toml"
      it(code .. " is given by its bad example and not by its good one", function()
        local bad = run(example.bad, lang, code)
        assert.is_true(tells(bad, code), example.bad .. bad.out .. bad.err)
        assert.is_true(bad.code ~= 0 or code == "P143" or code == "F010", bad.out)
        local good = run(example.good, lang, code)
        assert.is_false(tells(good, code), example.good .. good.out .. good.err)
        assert.equal(0, good.code, example.good .. good.out .. good.err)
      end)
    else
      without = without + 1
    end
  end

  it("without an example is the exception", function()
    assert.is_true(without * 8 < #codes.list(), without)
  end)
end)
