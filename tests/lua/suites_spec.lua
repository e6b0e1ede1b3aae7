--- The runner of the suites: what a red suite is tried again for, and what is told of it.
---
--- tools/suites.sh runs from a folder whose tools/suite is a script: each suite says in a file how
--- its runs end, a letter a run: g for green, r for red.
local support = require "tests.e2e.support"

local SUITE = [[
#!/bin/sh
out=$1/results/$2
echo "$2" >>ran
ends=$(cat "plan/$2")
echo "${ends#?}" >"plan/$2"
case $ends in
g*) printf '1..1\nok 1 - a test\n' >"$out.tap"; echo 0 1 >"$out.rc" ;;
*) printf '1..1\nnot ok 1 - a test\n# it was %s\n' red >"$out.tap"; echo 1 1 >"$out.rc" ;;
esac
: >"$out.err"
]]

--- Runs suites that end as planned.
---@param plan table<string, string> ends of each suite's runs
---@param flaky? string FLAKY of the run
---@return tests.Result result, integer runs of all suites
local function run(plan, flaky)
  local dir = support.tempdir()
  assert(os.execute(("mkdir -p %s/tools %s/plan"):format(dir, dir)))
  assert(os.execute(("cp tools/suites.sh tools/summary.lua %s/tools"):format(dir)))
  support.write(dir .. "/tools/suite", SUITE)
  assert(os.execute(("chmod +x %s/tools/suite"):format(dir)))
  local names = {}
  for name, ends in pairs(plan) do
    support.write(dir .. "/plan/" .. name, ends)
    names[#names + 1] = name
  end
  table.sort(names)
  local got = support.sh("tools/suites.sh build " .. table.concat(names, " "),
    { cwd = dir, env = { FLAKY = flaky or false } })
  local _, runs = support.read(dir .. "/ran"):gsub("\n", "")
  support.remove(dir)
  return got, runs
end

describe("a red suite", function()
  it("fails the whole, and is not tried again unless that is asked for", function()
    local got, runs = run({ a = "rg", b = "g" })
    assert.equal(1, got.code)
    assert.equal(2, runs)
    assert.matches("FAIL a: a test\n    it was red", got.out)
    assert.matches("\n1 passed, 1 failed, 0 skipped\n$", got.out)
  end)

  it("that is green when it runs again is told as flaky, with what failed", function()
    local got, runs = run({ a = "rg", b = "g" }, "pass")
    assert.equal(0, got.code)
    assert.equal(3, runs)
    assert.matches("first try of a: a test\n    it was red", got.out)
    assert.matches("\nflaky: 1 of the suites failed, and passed when run again alone\n", got.out)
    assert.matches("\n2 passed, 0 failed, 0 skipped\n$", got.out)
  end)

  it("that is red twice fails the whole", function()
    local got, runs = run({ a = "rr", b = "g" }, "pass")
    assert.equal(1, got.code)
    assert.equal(3, runs)
    assert.matches("\n1 passed, 1 failed, 0 skipped\n$", got.out)
    assert.not_matches("flaky", got.out)
  end)

  it("is not tried again when there are more than three", function()
    local got, runs = run({ a = "rg", b = "rg", c = "rg", d = "rg" }, "pass")
    assert.equal(1, got.code)
    assert.equal(4, runs)
    assert.matches("\n0 passed, 4 failed, 0 skipped\n$", got.out)
  end)
end)
