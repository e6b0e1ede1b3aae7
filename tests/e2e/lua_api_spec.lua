--- The examples of the Lua API's reference are run as they are shown, and come out as they say.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/e2e/?.lua"
local api = require("engine.api")
local json = require("core.json")
local support = require("support")

local BODY = [[
clnrm.test(%q, function(t)
%s
end)
]]

--- Runs test files; returns the verdicts by name of the test, or of the file.
local function run(files)
  local dir = support.tempdir()
  finally(function()
    support.remove(dir)
  end)
  for name, text in pairs(files) do
    support.write(dir .. "/" .. name, text)
  end
  local result = support.run({ "run", "--format", "json" }, { cwd = dir })
  local report = assert(json.decode(result.out), result.out .. result.err)
  local verdicts = {}
  for _, scenario in ipairs(report.results) do
    local why = scenario.failures and scenario.failures[1]
    verdicts[scenario.file .. ": " .. tostring(scenario.name)] =
      { verdict = scenario.verdict, why = why and why.message }
  end
  return verdicts, result
end

local function examples(wanted)
  local list = {}
  for _, type in ipairs(api.types()) do
    for _, entry in ipairs(type.entries) do
      local kind = entry.program and "program" or entry.file and "file" or "body"
      if entry.example and kind == wanted then
        list[#list + 1] = { label = api.label(type, entry), entry = entry }
      end
    end
  end
  return list
end

describe("the examples of the Lua API", function()
  it("that are bodies of a test come out as they say", function()
    local text, expected, list = { 'local clnrm = require("clnrm")\n' }, {}, examples("body")
    for _, example in ipairs(list) do
      text[#text + 1] = BODY:format(example.label, example.entry.example)
      expected["api.clnrm.lua: " .. example.label] = example.entry.verdict or "pass"
    end
    local verdicts, result = run({ ["api.clnrm.lua"] = table.concat(text) })
    for name, verdict in pairs(expected) do
      local seen = verdicts[name] or { verdict = "not run: " .. result.out .. result.err }
      assert.equal(verdict, seen.verdict, ("%s: %s"):format(name, tostring(seen.why)))
    end
    assert.is_true(#list > 40, #list)
  end)

  it("that are whole files pass", function()
    local files, list = {}, examples("file")
    for i, example in ipairs(list) do
      files[("e%02d.clnrm.lua"):format(i)] = example.entry.example .. "\n"
    end
    local verdicts, result = run(files)
    local passed = {}
    for name, seen in pairs(verdicts) do
      assert.is_true(seen.verdict == "pass" or seen.verdict == "skip",
        ("%s: %s, %s"):format(name, seen.verdict, tostring(seen.why)))
      passed[name:match("^[^:]+")] = true
    end
    for i, example in ipairs(list) do
      assert.is_true(passed[("e%02d.clnrm.lua"):format(i)], example.label .. result.err)
    end
    assert.is_true(#list > 8, #list)
  end)

  it("that are plain programs end with 0", function()
    local list, dir = examples("program"), support.tempdir()
    finally(function()
      support.remove(dir)
    end)
    for _, example in ipairs(list) do
      support.write(dir .. "/program.lua", example.entry.example .. "\n")
      local result = support.run({ "program.lua" }, { cwd = dir })
      assert.equal(0, result.code, example.label .. ": " .. result.err)
    end
    assert.is_true(#list > 0)
  end)
end)

describe("a result", function()
  it("has the fields of the reference and no others", function()
    local known = {}
    for _, type in ipairs(api.types()) do
      for _, entry in ipairs(type.name == "clnrm.Result" and type.entries or {}) do
        known[#known + 1] = ("[%q] = %s"):format(entry.name, tostring(not entry.optional))
      end
    end
    local text = ([[
local clnrm = require("clnrm")
local known = { %s }
clnrm.test("fields", function(t)
  for _, command in ipairs({ "true", "kill -9 $$", "exit 3" }) do
    local result = assert(t.room:exec(command))
    for key in pairs(result) do
      assert(known[key] ~= nil, key .. " is not in the reference")
    end
    for key, always in pairs(known) do
      assert(not always or result[key] ~= nil, key .. " is not there")
    end
    assert(result.exit_code or result.signal)
  end
end)
]]):format(table.concat(known, ", "))
    local verdicts = run({ ["r.clnrm.lua"] = text })
    local seen = verdicts["r.clnrm.lua: fields"]
    assert.equal("pass", seen.verdict, seen.why)
  end)
end)
