--- The matchers on Lua values: what `clnrm.expect(value)` asks.
---
--- The same words and codes as in test files where a word stands there too; engine.expect.matchers
--- joins both into one table.  `check` says as every matcher: true; false and why; nil and why it
--- could not be evaluated.  `refuse` says why a matcher cannot look at a value at all: then the
--- check fails, negated or not, so that `expect(nil).no:contains("x")` is no pass.

---@class engine.expect.ValueMatcher
---@field code string of a check that does not hold
---@field denied? string code of a negated check that fails; default T718
---@field pack fun(args: table, negated: boolean): table?, string? what is expected, or nil and why
---   the arguments are wrong
---@field refuse? fun(actual: any, expected: table): string?
---@field check engine.expect.Check
---@field deny? engine.expect.Check what `.no` asks, where it is more than "not"
---@field whole? boolean it needs all of a text, and does not look itself whether it was cut
---@field says fun(expected: table): string what holds, after the value: "is less than 5"

---@type table<string, engine.expect.ValueMatcher>
local M = {}

for _, part in ipairs({ "text", "table", "scalar", "call", "json" }) do
  for name, matcher in pairs(require("engine.expect.values." .. part)) do
    M[name] = matcher
  end
end

return M
