--- The corpus of Tera 1.20: what Tera itself made of 3,354 templates.
local environment = require("engine.template.environment")
local filters = require("engine.template.filters")
local functions = require("engine.template.functions")
local json = require("core.json")
local lines = require("engine.template.lines")
local support = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/template/support.lua")
local tests = require("engine.template.tests")
local value = require("engine.template.value")

local root = (os.getenv("CLNRM_CORPORA") or "../shared/corpora") .. "/tera-1.20/"

-- Cases that differ on purpose, by id: why.  docs/templates.md lists them.
local DIFFERENT = {}

local function read_context()
  local file = assert(io.open(root .. "context.json"))
  local text = file:read("a")
  file:close()
  -- core.json refuses what only 64 bits without sign hold.
  local context = assert(json.decode((text:gsub("18446744073709551615", "0"))))
  context.ubig = value.u64(-1)
  return context
end

local function outcome(case, context)
  local env = environment.new({
    load = function(name)
      return case.templates[name]
    end,
    filters = filters, tests = tests, functions = functions, ctx = support.context(),
  })
  for name in pairs(case.templates) do -- Tera reads all of them first
    local _, problem = env:compiled(name)
    if problem and problem.is_syntax then
      return nil, problem
    end
  end
  local text, problem = env:render(case.main, context)
  return text, problem, env
end

--- Whether a traced rendering gives the same text, in lines that belong to the templates.
local function is_traced(case, context, env, text)
  env.ctx.counters = {}
  local again, trace = env:render(case.main, context, "trace:main")
  if again ~= text then
    return false
  end
  local joined = {}
  for i, line in ipairs(lines.of(trace, env.by_base)) do
    local source = case.templates[line.file]
    local _, count = (source or ""):gsub("\n", "\n")
    if not source or line.line < 1 or line.line > count + 1 then
      return false
    end
    joined[i] = line.text
  end
  return table.concat(joined, "\n") == (text:gsub("\n$", ""))
end

describe("Tera 1.20", function()
  local cases = io.open(root .. "cases.jsonl")
  if not cases then
    pending("skipped: no corpus at " .. root)
    return
  end

  it("and this engine make the same of every template", function()
    local context, count, wrong = read_context(), 0, {}
    for line in cases:lines() do
      local case = json.decode(line)
      local text, problem, env = outcome(case, context)
      local wanted = case.result.output
      local same = text == wanted
      if case.unstable then
        same = (text ~= nil) == (wanted ~= nil)
      end
      count = count + 1
      if not same and not DIFFERENT[case.id] then
        wrong[#wrong + 1] = ("%d %s: %s"):format(case.id, line:sub(1, 200), text or problem.message)
      elseif text and not is_traced(case, context, env, text) then
        wrong[#wrong + 1] = ("%d %s: traced it is another one"):format(case.id, line:sub(1, 200))
      end
    end
    cases:close()
    assert.same({}, wrong)
    assert.equal(3354, count)
  end)
end)
