--- The matchers on Lua values: what `clnrm.expect(value)` asks.
---
--- The same words and codes as in test files where a word stands there too: this module adds itself
--- to engine.expect.matchers, the one table of both.  `check` says as every matcher: true; false
--- and why; nil and why it could not be evaluated.  `refuse` says why a matcher cannot look at a
--- value at all: then the check fails, negated or not, so that `expect(nil).no:contains("x")` is no
--- pass.
local matchers = require("engine.expect.matchers")

---@class engine.expect.ValueMatcher
---@field code string of a check that does not hold
---@field denied? string code of a negated check that fails; default T718
---@field pack fun(args: table, negated: boolean): table?, string? what is expected, or nil and why
---   the arguments are wrong
---@field refuse? fun(actual: any, expected: table): string?
---@field check engine.expect.Check
---@field deny? engine.expect.Check what `.no` asks, where it is more than "not"
---@field whole? boolean it needs all of a text, and does not look itself whether it was cut
---@field is_stored? boolean it looks at files: what it answers is not of its arguments alone
---@field says fun(expected: table): string what holds, after the value: "is less than 5"

---@type table<string, engine.expect.ValueMatcher>
local M = {}

for _, part in ipairs({ "text", "table", "scalar", "call", "json", "snapshot" }) do
  for name, matcher in pairs(require("engine.expect.values." .. part)) do
    M[name] = matcher
  end
end

for name, value in pairs(M) do
  matchers[name] = matchers[name] or {
    subjects = {},
    code = value.code,
    expects = "a value of a Lua test",
    accepts = function()
      return false
    end,
    check = function()
      return nil, ("'%s' is a matcher of Lua tests"):format(name)
    end,
  }
  matchers[name].value = value
end

return M
