--- Runs the tests that a rule brings along: its good and bad examples, and those of `tests`.
local fix = require("engine.lint.fix")
local lint = require("engine.lint")

---@class engine.lint.trial
local M = {}

local FILES = { toml = "rule.clnrm.toml", lua = "rule.clnrm.lua" }

--- An example without a name is given one; in its first line, so that others move down by one.
local function complete(text, lang)
  local has_name = text:find("%f[%w]meta%f[%W]") or text:find("^%[?test[%s.=%]]")
  if lang == "toml" and not has_name then
    return 'meta.name = "rule"\n' .. text
  end
  return text
end

local function counts(result, code)
  local count, first = 0, nil
  for _, d in ipairs(result.list) do
    if d.code == code then
      count, first = count + 1, first or d
    end
  end
  return count, first
end

--- Fixes a text; returns what came out, and what is wrong with how it was fixed.
local function fixed_text(result, run)
  local fixed, _, endless = fix.run(result, { unsafe = true, lint = run })
  if endless then
    return fixed.text, "its fix brings forth others without end"
  elseif fix.run(run(fixed.text), { unsafe = true, lint = run }).text ~= fixed.text then
    return fixed.text, "fixing twice is not the same as once"
  end
  return fixed.text
end

--- Judges one bad example.
local function judge_bad(problems, rule, run, test)
  local lang = rule.lang or "toml"
  local text = complete(test.code, lang)
  local result = run(text)
  local count, first = counts(result, rule.code)
  local function problem(what)
    problems[#problems + 1] = ("%s: %s\n%s"):format(rule.code, what, text)
  end
  if count == 0 then
    return problem("a bad example is not told")
  elseif test.count and count ~= test.count then
    problem(("told %d times, not %d"):format(count, test.count))
  end
  if test.at and (first.line ~= test.at[1] or first.column ~= test.at[2]) then
    problem(("told at %d:%d, not %d:%d"):format(first.line, first.column, test.at[1], test.at[2]))
  end
  if not test.fixed and not first.fix then
    return
  end
  local got, wrong = fixed_text(result, run)
  local wanted = test.fixed and complete(test.fixed, lang) or got
  if got ~= wanted and not wrong then
    wrong = ("fixed to\n%s\nnot to\n%s"):format(got, wanted)
  end
  if wrong then
    problem(wrong)
  end
end

--- Tries a rule.
---@async
---@param rule engine.lint.Rule
---@param custom? engine.lint.custom.Rules when it is one of the project
---@return string[] problems
---@return integer tests
function M.rule(rule, custom)
  local select = rule.code:sub(1, 2) == "L9" and { "L0", "L9" } or { rule.code }
  local linter = assert(lint.new({ select = select, custom = custom }))
  local file = FILES[rule.lang or "toml"]
  local problems, tests = {}, 0
  local function run(text)
    return linter:text(text, "/rule/" .. file, { file = file, project_dir = "/rule" })
  end
  local goods, bads = { rule.docs.good }, { rule.docs.bad and { code = rule.docs.bad } }
  for _, text in ipairs(rule.tests and rule.tests.ok or {}) do
    goods[#goods + 1] = text
  end
  for _, test in ipairs(rule.tests and rule.tests.bad or {}) do
    bads[#bads + 1] = type(test) == "table" and test or { code = test }
  end
  for _, text in ipairs(goods) do
    tests = tests + 1
    local count, first = counts(run(complete(text, rule.lang or "toml")), rule.code)
    if count > 0 then
      problems[#problems + 1] = ("%s: a good example is told (%d:%d: %s)\n%s"):format(rule.code,
        first.line, first.column, first.message, text)
    end
  end
  for _, test in ipairs(bads) do
    tests = tests + 1
    judge_bad(problems, rule, run, test)
  end
  return problems, tests
end

return M
