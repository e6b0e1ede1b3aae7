--- Looks for a value that a function fails on, and for the simplest one of its kind.
local generators = require("engine.property.generators")
local shrink = require("engine.property.shrink")
local source = require("engine.property.source")

---@class engine.property
local M = {}

M.RUNS = 100

---@class engine.property.Found
---@field value any     the simplest that fails
---@field first any     the one that failed first
---@field run integer   of `runs`, from 1
---@field tries integer values that were tried to find a simpler one
---@field is_flaky boolean the first did not fail when it was tried again

---@class engine.property.Options
---@field runs integer
---@field seed integer|string
---@field tries? integer values that are tried at most to find a simpler one
---@field is_over? fun(): boolean the search is to end: nothing more is made
---@field many? boolean  `spec` is a table of generators by name

local function made(spec, many, from)
  return (many and generators.make_all or generators.make)(spec, from)
end

--- Looks.
---@async
---@param spec any a generator, or with `many` generators by name
---@param opts engine.property.Options
---@param holds fun(value: any): boolean
---@return engine.property.Found? found nil: it held for all
---@nodiscard
function M.search(spec, opts, holds)
  local is_over = opts.is_over or function()
    return false
  end
  for run = 1, opts.runs do
    if is_over() then
      return nil
    end
    local drawn = source.random(opts.seed, run)
    local first = made(spec, opts.many, drawn)
    if not holds(first) then
      local tried = 0 -- once for the first, to see whether it fails again
      local function fails(choices)
        if is_over() then
          return nil
        end
        tried = tried + 1
        local played = source.replay(choices)
        return not holds(made(spec, opts.many, played)) and played.choices or nil
      end
      local again = fails(drawn.choices)
      local simplest = again and shrink.run(drawn.choices, fails, opts.tries) or drawn.choices
      return {
        value = made(spec, opts.many, source.replay(simplest)), first = first, run = run,
        tries = math.max(tried - 1, 0), is_flaky = not again,
      }
    end
  end
end

return M
