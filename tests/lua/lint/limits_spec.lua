--- Files with more findings than are told one by one: nothing that matters is lost, and the rest is
--- counted.
local context = require("engine.lint.context")
local fix = require("engine.lint.fix")
local lint = require("engine.lint")

local MAX = context.TOLD_MAX

local function linter_of(select)
  local linter = assert(lint.new({ select = select }))
  return function(text, told_max)
    return linter:text(text, "/nowhere/a.clnrm.toml",
      { file = "a.clnrm.toml", project_dir = "/nowhere", told_max = told_max })
  end
end

--- A file of so many steps; `%d` in the body is the number of the step.
local function file_of(count, body)
  local parts = { '[meta]\nname = "m"\n' }
  for i = 1, count do
    parts[#parts + 1] = '[[steps]]\nname = "s' .. i .. '"\n' .. body:gsub("%%d", tostring(i))
  end
  return table.concat(parts)
end

--- Counts what is told by code; of what was left out, separately.
local function counts_of(result)
  local told, more = {}, {}
  for _, d in ipairs(result.list) do
    local counts = d.more and more or told
    counts[d.code] = (counts[d.code] or 0) + (d.more or 1)
  end
  return told, more
end

describe("a file with more findings than are told", function()
  it("has those of each rule, and says how many were left out", function()
    local run = linter_of({ "L004", "L014" })
    local told, more = counts_of(run(file_of(MAX + 100, 'command = ["echo hi"]\n')))
    assert.same({ L004 = MAX, L014 = MAX }, told)
    assert.same({ L004 = 100, L014 = 100 }, more)
  end)

  it("has an error behind any number of warnings", function()
    local run = linter_of({ "ALL" })
    local text = file_of(MAX + 100, 'command = ["echo hi"]\n')
      .. '[expect.order]\nmust_precede = [["a", "a"]]\n'
    assert.equal(1, counts_of(run(text)).L201)
  end)

  it("says last what was left out, without a place, and with the severity of the rule", function()
    local result = linter_of({ "L004" })(file_of(MAX + 2, 'command = ["echo hi"]\n'))
    local last = result.list[#result.list]
    assert.equal("and 2 more of this rule with a fix, which are not told one by one", last.message)
    assert.same({ "warning", "L004", "command-as-text", 2 },
      { last.severity, last.code, last.rule, last.more })
    assert.is_nil(last.line)
  end)

  it("counts once what several cells of a matrix have", function()
    local text = "[matrix]\na = [1, 2]\n" .. file_of(MAX + 7, 'command = ["echo hi"]\n')
    local _, more = counts_of(linter_of({ "L004" })(text))
    assert.equal(7, more.L004)
  end)

  it("has those that no comment suppresses, whatever others there are", function()
    local result = linter_of({ "L004", "L014", "L9" })("# clnrm: ignore-file[L014] why\n"
      .. file_of(MAX + 5, 'command = ["echo hi"] # clnrm: ignore[L004] why\n')
      .. '[[steps]]\nname = "last"\ncommand = ["echo hi"]\n')
    local told, more = counts_of(result)
    assert.same({ L004 = 1 }, told)
    assert.same({}, more)
    assert.equal(2 * (MAX + 5) + 1, result.suppressed)
  end)
end)

describe("fixing a file with more findings than are told", function()
  --- Fixes a text; says whether that came to an end, and whether a fix is left.
  local function fixed(run, text)
    local result, list, endless = fix.run(run(text), { unsafe = false, lint = run })
    return result, #list, endless
  end

  it("leaves none behind", function()
    local run = linter_of({ "ALL" })
    local result, count, endless = fixed(run,
      file_of(MAX + 300, 'command = ["echo hi"]\nexit_code = 0\nenv = ["A=1"]\n'))
    assert.is_nil(endless)
    assert.equal(0, #fix.of(result.list, false))
    for _, old in ipairs({ '["echo hi"]', "exit_code", '["A=1"]' }) do
      assert.is_nil(result.text:find(old, 1, true), old)
    end
    assert.is_true(count >= 3 * (MAX + 300))
  end)

  it("takes no round for each thousand", function()
    local run, count = linter_of({ "L004" }), 0
    local text = file_of(4 * MAX, 'command = ["echo hi"]\n')
    local result = fix.run(run(text), { unsafe = false, lint = function(...)
      count = count + 1
      return run(...)
    end })
    assert.is_nil(result.text:find('["echo', 1, true))
    assert.is_true(count <= 3, count) -- as it is, fixed, and told
  end)

  it("does what is left where many fixes would lose a comment", function()
    local run = linter_of({ "L004" })
    local result = fixed(run, file_of(MAX + 1, 'command = [ # why\n"echo hi" ]\n')
      .. '[[steps]]\nname = "last"\ncommand = ["echo last"]\n')
    assert.truthy(result.text:find('command = "echo last"', 1, true))
  end)

  it("does the safe ones where there are many that are not", function()
    local run = linter_of({ "L004", "L403" })
    local result = fixed(run, file_of(MAX + 1, ""):gsub('(name = "s%d+)"', '%1 "\ncommand = "ls"')
      .. '[[steps]]\nname = "last"\ncommand = ["echo last"]\n')
    assert.truthy(result.text:find('command = "echo last"', 1, true))
  end)
end)

describe("fixes of which some would break the file", function()
  --- A linter of texts of words: `a` is fixed by `b`, `x` by `!`, which the checker refuses.
  local function run(text)
    local list, is_broken = {}, text:find("!", 1, true) ~= nil
    for at, word in text:gmatch("()([ax])") do
      list[#list + 1] = { rule = "r", code = "X001", severity = "warning", offset = at - 1,
        fix = { applicability = "safe", edits = {
          { offset = at - 1, stop = at, text = word == "a" and "b" or "!" },
        } } }
    end
    return { text = text, list = list, is_broken = is_broken, is_read = not is_broken }
  end

  local function counted()
    local count = 0
    return function(text)
      count = count + 1
      return run(text)
    end, function()
      return count
    end
  end

  it("are left out alone", function()
    local text = ("a "):rep(40) .. "x " .. ("a "):rep(40) .. "x"
    local result, list, endless = fix.run(run(text), { unsafe = false, lint = run })
    assert.equal((text:gsub("a", "b")), result.text)
    assert.equal(80, #list)
    assert.is_nil(endless)
  end)

  it("are those that would leave out one of what is given twice", function()
    local look = linter_of({ "L402" })
    for _, other in ipairs({ "exit_code = 3", "expect.exit_code = 3" }) do
      local text = file_of(1, 'command = ["ls"]\nexpected_exit_code = 0\n' .. other .. "\n")
      local result, list = fix.run(look(text), { unsafe = true, lint = look })
      assert.equal(text, result.text)
      assert.same({}, list)
      assert.is_true(result.is_broken)
    end
  end)

  it("are found without a look at each of the others", function()
    local look, count = counted()
    fix.run(run("x " .. ("a "):rep(500)), { unsafe = false, lint = look })
    assert.is_true(count() < 50, count())
  end)
end)
