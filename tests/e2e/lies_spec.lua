--- Every file of tests/lies says something that is not so: each must go red, with its verdict.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local files = {}
for name in require("lfs").dir("tests/lies") do
  if name:match("%.clnrm%.toml$") or name:match("%.clnrm%.lua$") then
    files[#files + 1] = name
  end
end
table.sort(files)

--- Reads what the head of a lie promises.
local function promise(text)
  local function field(name)
    return assert(text:match("[#%-] " .. name .. ": ([^\n]+)"), name)
  end
  return {
    lie = field("lie"),
    verdict = field("verdict"),
    codes = field("codes"),
    exit = math.tointeger(field("exit")),
  }
end

--- Lists verdicts and codes of a JSON report.
local function found(report)
  local verdicts, codes = {}, {}
  for _, result in ipairs(report.results) do
    verdicts[result.verdict or "error"] = true
    for _, failure in ipairs(result.failures or result.diagnostics) do
      codes[failure.code] = true
    end
  end
  return verdicts, codes
end

describe("a lie goes red:", function()
  for _, name in ipairs(files) do
    local text = support.read("tests/lies/" .. name)
    local want = promise(text)
    it(want.lie, function()
      local got = support.run({ "run", "--format", "json", "tests/lies/" .. name },
        { cwd = os.getenv("CLNRM_ROOT") })
      local report = assert(json.decode(got.out))
      local verdicts, codes = found(report)
      assert.is_true(verdicts[want.verdict], name .. ": " .. got.out:sub(1, 2000))
      local told = false
      for code in want.codes:gmatch("%S+") do
        told = told or codes[code] -- of several, one: which, is a matter of microseconds
      end
      assert.is_true(told, name .. ": " .. got.out:sub(1, 2000))
      assert.equal(want.exit, got.code, name)
    end)
  end

  it("and there are enough of them", function()
    assert.is_true(#files >= 40, #files)
  end)

  it("and none of its words stands at the beginning of a line of ours", function()
    local got = support.run({ "run", "-vv", "tests/lies/our_own_report.clnrm.toml",
      "tests/lies/tap_and_github.clnrm.toml" }, { cwd = os.getenv("CLNRM_ROOT") })
    assert.equal(1, got.code)
    assert.is_nil(got.out:find("\27", 1, true))
    assert.is_nil(got.out:find("\r", 1, true))
    for line in got.out:gmatch("[^\n]+") do
      for _, start in ipairs({ "^::", "^ok ", "^TAP", "^1%.%.", "^{", "^%s*PASS " }) do
        assert.is_nil(line:find(start), line)
      end
    end
  end)

  it("and all of them together are red too", function()
    local got = support.run({ "run", "--format", "json", "tests/lies" },
      { cwd = os.getenv("CLNRM_ROOT") })
    assert.equal(2, got.code)
    local passed = {}
    for _, result in ipairs(assert(json.decode(got.out)).results) do
      if result.verdict == "pass" then
        passed[#passed + 1] = result.name
      end
    end
    table.sort(passed)
    -- each beside a scenario that does not pass, or in a file whose teardown fails
    assert.same({
      "after_all fails", "before after_all", "cells", "cells", "cells", "passes",
      "uses a server of the file", "writes",
    }, passed)
  end)
end)
