--- The filters of templates: name → function(ctx, value, args).
---
--- A plain table: an override adds to it, or replaces one of them.
---@class engine.template.filters
---@field [string] fun(ctx: engine.template.Context, value: any, args: table<string, any>): any
local M = {}

for _, group in ipairs({ "text", "web", "number", "array", "object", "date", "words", "encode" }) do
  for name, filter in pairs(require("engine.template.filters." .. group)) do
    M[name] = filter
  end
end

return M
