--- A file with a [matrix] as a user drives it: every cell is a test of its own.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local sh = support.sh

local MATRIX = [==[
[meta]
name = "greets"

[vars]
greeting = "hello"

[matrix]
who = ["ann", "bob"]
n = [1, 2]
exclude = [{ who = "bob", n = 2 }]
include = [{ who = "zoë s", n = 1 }]

[[scenario]]
name = "says it"
[[scenario.steps]]
name = "greet {{ who }}"
command = ["echo", "{{ greeting }}", "{{ matrix.who }}", "{{ matrix.n }}"]
expect.stdout.equals = "hello {{ who }} {{ n }}\n"

[[scenario]]
name = "counts"
run = "test {{ n }} = 1"
]==]

local CELLS = { "who=ann,n=1", "who=ann,n=2", "who=bob,n=1", "who=zoë s,n=1" }

describe("a file with a matrix", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/m.clnrm.toml", MATRIX)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function document(arguments)
    return json.decode(sh("clnrm run --json " .. arguments, { cwd = dir }).out)
  end

  it("runs its scenarios in each cell", function()
    local got = sh("clnrm run", { cwd = dir })
    assert.equal(1, got.code)
    assert.matches("Starting 8 scenarios in 1 file,", got.out)
    assert.matches("8 run: 7 passed, 1 failed", got.out)
  end)

  it("is listed and validated without being run", function()
    local got = sh("clnrm list", { cwd = dir })
    assert.equal(8, select(2, got.out:gsub("\n", "")))
    assert.matches("\nm%.clnrm%.toml%[who=zoë s,n=1%]:13 › says it\n", got.out)
    local list = json.decode(sh("clnrm list --json", { cwd = dir }).out)
    assert.same({ CELLS[1], CELLS[4] }, { list.scenarios[1].cell, list.scenarios[8].cell })
    assert.equal("m.clnrm.toml[who=ann,n=1] › says it", list.scenarios[1].id)
    assert.equal("1 file, 8 scenarios: valid\n", sh("clnrm validate", { cwd = dir }).out)
  end)

  it("tells the cell in every report", function()
    local got = sh("clnrm run -f tap --report junit=r.xml --report json=r.json", { cwd = dir })
    assert.matches("not ok %d+ %- m%.clnrm%.toml%[who=ann,n=2%] › counts\n", got.out)
    local seen = {}
    for _, result in ipairs(json.decode(support.read(dir .. "/r.json")).results) do
      seen[result.cell] = (seen[result.cell] or 0) + 1
      assert.equal("m.clnrm.toml", result.file)
      assert.equal(("m.clnrm.toml[%s] › %s"):format(result.cell, result.name), result.id)
    end
    assert.same({ [CELLS[1]] = 2, [CELLS[2]] = 2, [CELLS[3]] = 2, [CELLS[4]] = 2 }, seen)
    assert.matches('<testcase name="counts" classname="m.clnrm.toml%[who=ann,n=2%]" time="[%d.]+">',
      support.read(dir .. "/r.xml"))
  end)

  it("says how to run the failed cell again, and that does it", function()
    local failed
    for _, result in ipairs(document("").results) do
      failed = result.verdict == "fail" and result or failed
    end
    local rerun = failed.failures[1].rerun
    assert.equal("clnrm run 'm.clnrm.toml[who=ann,n=2]' --only counts", rerun)
    local got = sh(rerun, { cwd = dir })
    assert.equal(1, got.code)
    assert.matches("1 run: 1 failed", got.out)
  end)

  it("is selected by cell, by part of a cell, and by -k", function()
    for arguments, count in pairs({
      ["'m.clnrm.toml[who=ann,n=1]'"] = 2, ["'m.clnrm.toml[n=1,who=ann]'"] = 2,
      ["'m.clnrm.toml[who=ann]'"] = 4, ["'./m.clnrm.toml[n=1]' --only 'says*'"] = 3,
      ["'m.clnrm.toml[who=bob]' 'm.clnrm.toml[n=2]'"] = 4, ["m.clnrm.toml 'm.clnrm.toml[n=2]'"] = 8,
      ["-k 'who=zo'"] = 2, ["-k 'n=2 and counts'"] = 1, ["'m.clnrm.toml[who=zoë s]'"] = 2,
    }) do
      local list = json.decode(sh("clnrm list --json " .. arguments, { cwd = dir }).out)
      assert.equal(count, #list.scenarios, arguments)
    end
  end)

  it("has no other cells than its own", function()
    for cell, why in pairs({
      ["who=an"] = "no cell of the file has %[who=an%].*did you mean who=ann%?",
      ["os=linux"] = "its cells: who=ann,n=1; who=ann,n=2; who=bob,n=1; who=zoë s,n=1",
      ["who=bob,n=2"] = "no cell of the file has %[who=bob,n=2%]",
    }) do
      local got = sh(("clnrm run 'm.clnrm.toml[%s]'"):format(cell), { cwd = dir })
      assert.equal(2, got.code)
      assert.equal("", got.out)
      assert.matches(why, got.err)
    end
    support.write(dir .. "/h.clnrm.toml", support.HELLO)
    assert.matches("the file has no %[matrix%]",
      sh("clnrm run 'h.clnrm.toml[a=1]'", { cwd = dir }).err)
  end)

  it("takes brackets in the name of a file for what they are", function()
    support.write(dir .. "/h[a=1].toml", support.HELLO)
    support.write(dir .. "/h.toml", support.HELLO)
    assert.matches("1 run: 1 passed", sh("clnrm run 'h[a=1].toml'", { cwd = dir }).out)
    support.write(dir .. "/h.toml[a=1]", support.HELLO)
    assert.matches("E007", sh("clnrm run 'h.toml[a=1]'", { cwd = dir }).err)
  end)

  it("shows a failure at the line of the source", function()
    local got = sh("clnrm run 'm.clnrm.toml[n=2]'", { cwd = dir })
    assert.matches("m%.clnrm%.toml:22:7\n.-22│ run = \"test {{ n }} = 1\"\n", got.out)
  end)

  it("tells what is wrong in a cell before anything runs, and shows the value", function()
    support.write(dir .. "/m.clnrm.toml", (MATRIX:gsub("run = \"test", "timeout = {{ who }}\n%0")))
    local got = sh("clnrm run", { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("22│ timeout = {{ who }}\n", got.out)
    assert.matches("note: `who` is `ann`\n.-note: in 2 of 4 cells: who=ann,n=1, who=ann,n=2\n",
      got.out)
    assert.matches("1 run: 1 in error", got.out)
  end)

  it("warns once of a list that nothing uses, and runs", function()
    support.write(dir .. "/m.clnrm.toml", MATRIX:gsub("{{ n }}", "1"):gsub("{{ matrix.n }}", "1"))
    local got = sh('"$CLNRM" run', { cwd = dir })
    assert.equal(0, got.code, got.out)
    assert.equal(1, select(2, got.err:gsub("warning%[R013%]: `n` of %[matrix%]", "")), got.err)
    assert.equal(2, sh('"$CLNRM" run --strict', { cwd = dir }).code)
  end)

  it("shares nothing between its cells: each has rooms of its own", function()
    support.write(dir .. "/m.clnrm.toml", [==[
[meta]
name = "rooms"
[matrix]
n = [1, 2, 3, 4]
[[steps]]
name = "is alone"
command = "test -z \"$(ls)\" && touch {{ n }} && sleep 0.1 && test $(ls) = {{ n }}"
]==])
    assert.matches("4 run: 4 passed", sh("clnrm run -j 4", { cwd = dir }).out)
  end)
end)

describe("clnrm.matrix", function()
  it("makes a test for each combination", function()
    local dir = support.tempdir()
    finally(function()
      support.remove(dir)
    end)
    support.write(dir .. "/m.clnrm.lua", [==[
local clnrm = require("clnrm")
local cases = clnrm.matrix({
  db = { "pg", "my" }, n = { 1, 2 }, exclude = { { db = "my", n = 2 } },
})
clnrm.test("connects", { cases = cases }, function(t, case)
  clnrm.expect(t.name):equals("connects[" .. case.name .. "]")
  clnrm.expect(case.db .. case.n):matches("^(pg[12]|my1)$")
end)
]==])
    local got = sh("clnrm run -j 1", { cwd = dir })
    assert.equal(0, got.code, got.out)
    assert.matches("connects%[db=pg,n=1%]\n.-connects%[db=pg,n=2%]\n", got.out)
    support.write(dir .. "/m.clnrm.lua", [==[
local clnrm = require("clnrm")
clnrm.matrix({ db = { "pg" }, exclude = { { db = "my" } } })
]==])
    assert.matches("clnrm%.matrix: entry 1 of exclude takes no combination out.-m%.clnrm%.lua:2",
      sh("clnrm run", { cwd = dir }).out)
  end)
end)
