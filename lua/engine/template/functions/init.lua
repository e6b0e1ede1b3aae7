--- The functions of templates: name → function(ctx, args), `args` by keyword.
---
--- A plain table: an override adds to it, or replaces one of them.
---@class engine.template.functions
---@field [string] fun(ctx: engine.template.Context, args: table<string, any>): any
local M = {}

for _, group in ipairs({ "tera", "clock", "values", "random", "trace", "fake" }) do
  for name, fn in pairs(require("engine.template.functions." .. group)) do
    M[name] = fn
  end
end

return M
