--- What clnrm lint says of its rules: the list, one explained, the tests of the project's own.
local catalogue = require("engine.lint.catalogue")
local exit_codes = require("engine.cli.exit_codes")

local M = {}

local function all_rules(custom)
  local list = table.move(catalogue.list(), 1, #catalogue.list(), 1, {})
  for _, rule in ipairs(custom and custom.rules or {}) do
    list[#list + 1] = rule
  end
  return list
end

--- Lists the rules, and which of them are on.
---@param cx engine.cli.Context
---@param linter engine.lint.Linter
---@param custom? engine.lint.custom.Rules
---@return integer exit_code
function M.list(cx, linter, custom)
  local json = require("core.json")
  local out = json.array()
  for i, rule in ipairs(all_rules(custom)) do
    out[i] = {
      code = rule.code, name = rule.name, severity = rule.severity, fix = rule.fix or "none",
      on = linter.is_on[rule.code] or false, summary = rule.summary or rule.docs.summary,
    }
  end
  if cx.format == "json" then
    cx.out:write(json.encode({ schema = "clnrm.lint-rules/1", rules = out }) .. "\n")
    return exit_codes.OK
  end
  for _, row in ipairs(out) do
    cx.out:write(("%s  %-27s %-8s %-4s %-6s  %s\n"):format(row.code, row.name, row.severity,
      row.on and "on" or "off", row.fix == "none" and "" or row.fix, cx:safe(row.summary, cx.out)))
  end
  return exit_codes.OK
end

--- Explains a rule; one of clnrm's own as `clnrm explain` does.
---@param cx engine.cli.Context
---@param custom? engine.lint.custom.Rules
---@return integer exit_code
function M.explain(cx, custom)
  local wanted = cx.opts.explain
  local rule = catalogue.find(wanted) or custom and custom:find(wanted)
  local explain = require("engine.cli.explain")
  if not rule then
    cx.args = { wanted }
    return explain.run(cx)
  end
  local page = require("engine.lint.page").of(rule, custom and custom.files[rule.code])
  return explain.show(cx, rule.code, page)
end

--- Runs the tests of the project's own rules.
---@async
---@param cx engine.cli.Context
---@param custom? engine.lint.custom.Rules
---@return integer exit_code
function M.test(cx, custom)
  local words = require("engine.report.words")
  if not custom or not custom.rules[1] then
    cx:error("the project has no rules of its own", "they stand in lint/*.lua beside clnrm.toml")
    return exit_codes.NOTHING
  end
  local trial = require("engine.lint.trial")
  local tests, failed = 0, 0
  for _, rule in ipairs(custom.rules) do
    local problems, count = trial.rule(rule, custom)
    tests = tests + count
    failed = failed + (problems[1] and 1 or 0)
    local word = problems[1] and "FAIL" or count == 0 and "NONE" or "PASS"
    cx.out:write(("%12s %s %s (%s)\n"):format(word, rule.code, cx:safe(rule.name, cx.out),
      words.count(count, "test")))
    for _, problem in ipairs(problems) do
      for line in problem:gmatch("[^\n]+") do
        cx.out:write("             " .. cx:safe(line, cx.out) .. "\n")
      end
    end
  end
  cx.out:write(("%s of %s: %d failed\n"):format(words.count(tests, "test"),
    words.count(#custom.rules, "rule"), failed))
  return failed > 0 and exit_codes.NO or tests == 0 and exit_codes.NOTHING or exit_codes.OK
end

return M
