---@meta clnrm.fake

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- Data of kinds that tests need: `clnrm.fake.email()` is `clnrm.fake.make("email")`, and
--- `clnrm.fake.int_range({ min = 1, max = 6 })` has options. Each call draws anew; each run of the
--- test draws the same, from `t.seed`. The kinds and their options are those of `fake_…()` in
--- templates.
---@class clnrm.fake
local fake = {}

--- Makes a value of a kind.
---
--- ```lua
--- clnrm.expect(clnrm.fake.email()):matches("@example\\.(com|net|org)$")
--- clnrm.expect(clnrm.fake.make("word", { seed = 1 })):equals(clnrm.fake.word({ seed = 1 }))
--- ```
---@param kind string
---@param options? table # of the kind, and `seed`: always the same for that seed
---@return any value
function fake.make(kind, options) end

--- Lists the kinds.
---
--- ```lua
--- clnrm.expect(clnrm.fake.kinds()):contains("ipv4")
--- ```
---@return string[] kinds
function fake.kinds() end

return fake
