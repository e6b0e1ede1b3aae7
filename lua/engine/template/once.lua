--- Renders a plain template once, with a map, and says nothing of what is wrong with it.
---
--- It gives what a session of engine.template gives, where all that tags insert stays inside of
--- what it stands in whatever that is, and nothing else.
local context = require("engine.template.context")
local core_tags = require("core.tags")
local direct = require("engine.template.direct")
local file_text = require("engine.template.file_text")
local limits = require("engine.template.limits")
local runtime = require("engine.template.runtime")

local M = {}

M.PLAIN = "^[%w .,:/_@=+%-]+$" -- of a text that is no syntax of a string of TOML
local BACKSLASH = 92
local NONE = {}

---@class engine.template.Once
---@field text string
---@field from integer[]    of each piece twice the offset of a text, from 1, or of a tag and 1
---@field starts integer[]  where it begins in the text, from 0
---@field inputs string[]   variables of the environment that it hangs on
---@field drawn_seed? integer
---@field has_told_time? boolean
---@field used table<string, true> names, as engine.template.environment tells them

--- Says where each piece begins; nil: not all that was inserted is plain.
local function starts_of(text, pieces, from)
  local starts, length = {}, 0
  for i = 1, #pieces do
    local piece = pieces[i]
    if from[i] & 1 == 1 and (not piece:find(M.PLAIN) or text:byte(length) == BACKSLASH) then
      return nil
    end
    starts[i] = length
    length = length + #piece
  end
  return starts
end

--- What a run asks of an environment: a template that would be compiled is rendered elsewhere.
local ENV = {}
ENV.__index = ENV

function ENV.recompiled()
  error({ template_error = "it is worth compiling" }, 0)
end

function ENV.nearest()
end

--- Runs a plain template.
---@return string? text nil: something is wrong
---@return string[]? pieces
---@return integer[]? from
local function run(source, name, ctx, values)
  local file = { name = name, source = source }
  local unit = #source <= limits.SOURCE_BYTES and direct.unit(file, "map")
  if not unit then
    return nil
  end
  local env = setmetatable({
    ctx = ctx, text = file_text.write, filters = require("engine.template.filters"),
    functions = require("engine.template.functions"), tests = NONE, -- which is not plain
  }, ENV)
  local H, state = runtime.new(env)
  env.run = state
  runtime.reset(state, true)
  state.static_max, state.G, state.traces = unit.static_max, values, false
  local fn = unit.make(nil, { file }, nil, state, H)
  local pieces, from = {}, {}
  local ok, text = pcall(function()
    return runtime.finish(state, pieces, fn(pieces, 0, values, from))
  end)
  runtime.give_back(H, state)
  if ok then
    return text, pieces, from
  elseif type(text) ~= "table" then
    error(text, 0) -- no problem of the template
  end
end

--- Renders a template.
---@param source string
---@param opts { name: string, determinism?: engine.Determinism }
---@param scope_of fun(used: table<string, true>): engine.template.Scope? nil: it is not rendered
---@return engine.template.Once? # nil: it is not plain, or anything is wrong
---@nodiscard
function M.render(source, opts, scope_of)
  local used = core_tags.plain_names(source)
  local scope = used and scope_of(used)
  if not scope then
    return nil
  end
  local ctx = context.functions(opts)
  local text, pieces, from = run(source, opts.name, ctx, context.of(scope))
  local starts = text and starts_of(text, pieces, from)
  return starts and {
    text = text, from = from, starts = starts, used = used,
    inputs = context.inputs(ctx, used), drawn_seed = ctx.counters["drawn seed"],
    has_told_time = ctx.has_told_time,
  }
end

--- Finds where an offset of the text comes from; what was inserted comes from the begin of its tag.
---@param rendered engine.template.Once
---@param offset integer from 0
---@return integer
---@nodiscard
function M.source_of(rendered, offset)
  local starts, low, high = rendered.starts, 1, #rendered.starts
  while low < high do
    local mid = (low + high + 1) // 2
    if starts[mid] <= offset then
      low = mid
    else
      high = mid - 1
    end
  end
  local from = rendered.from[low]
  return (from >> 1) - 1 + (from & 1 == 0 and offset - starts[low] or 0)
end

return M
