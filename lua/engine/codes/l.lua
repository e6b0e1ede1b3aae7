--- Family L: what lint finds.  The pages are made of the rules themselves: engine.lint.rules.
local catalogue = require("engine.lint.catalogue")
local page = require("engine.lint.page")

---@type table<string, engine.codes.Page>
local codes = {}
for _, rule in ipairs(catalogue.list()) do
  codes[rule.code] = page.of(rule)
end

codes.L990 = {
  title = "A rule of the project that cannot be used",
  text = [[
A file of `lint/` is not Lua, raises an error when it is read, or does not return what `clnrm.rule`
makes. See docs/custom-rules.md.]],
  example = { none = "it needs a file of rules beside the test: docs/custom-rules.md" },
}

return { letter = "L", title = "Lint", codes = codes }
