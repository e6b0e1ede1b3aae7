--- The API of tests and scripts: `local clnrm = require("clnrm")`.
---
--- Parts of it are loaded when they are first used, and none of it can be changed.
local host = require("clnrm.host")

---@class clnrm
---@field chaos clnrm.chaos
---@field fake clnrm.fake
---@field json clnrm.json
---@field toml clnrm.toml
---@field time clnrm.time
---@field hash clnrm.hash
---@field task clnrm.task
local M = {}

--- Registers a test: `fn(t)` is called in a task of its own, and must check something.
---@param name string
---@param opts? clnrm.TestOptions
---@param fn async fun(t: clnrm.Test, case: any)
---@overload fun(name: string, fn: async fun(t: clnrm.Test))
function M.test(name, opts, fn)
  host.current().test(name, opts, fn)
end

--- Registers a test and leaves out the others of the file that were not registered so.
---@param name string
---@param opts? clnrm.TestOptions
---@param fn async fun(t: clnrm.Test, case: any)
---@overload fun(name: string, fn: async fun(t: clnrm.Test))
function M.only(name, opts, fn)
  host.current().only(name, opts, fn)
end

--- Registers a test that is not run, and why.
---@param name string
---@param reason string
function M.skip(name, reason)
  host.current().skip(name, reason)
end

--- Registers something that tests share: made at the first `t:use(name)`, taken down in any case.
---@param name string
---@param opts clnrm.FixtureOptions
function M.fixture(name, opts)
  host.current().fixture(name, opts)
end

--- Registers what runs once before the first test of the file.
---@param fn async fun(t: clnrm.Test)
function M.before_all(fn)
  host.current().hook("before_all", fn)
end

--- Registers what runs before each test of the file.
---@param fn async fun(t: clnrm.Test)
function M.before_each(fn)
  host.current().hook("before_each", fn)
end

--- Registers what runs after each test of the file, whatever became of the test.
---@param fn async fun(t: clnrm.Test)
function M.after_each(fn)
  host.current().hook("after_each", fn)
end

--- Registers what runs once after the last test of the file.
---@param fn async fun(t: clnrm.Test)
function M.after_all(fn)
  host.current().hook("after_all", fn)
end

--- Opens a room in a plain program; tests say `t:open`.
---@async
---@param spec? clnrm.RoomSpec
---@return clnrm.Room
function M.open(spec)
  return host.current().open(spec)
end

--- Says that a value is expected to be something: `clnrm.expect(2):equals(2)`.
---@param ... any one value, which may be nil
---@return clnrm.Expectation
function M.expect(...)
  return require("clnrm.expect").expect(...)
end

--- Adds a matcher: `fn(actual, ...)` returns whether it holds, and what to say when it does not.
---@param name string
---@param fn fun(actual: any, ...): boolean, string?
function M.matcher(name, fn)
  require("clnrm.expect").matcher(name, fn)
end

--- Makes cases for `cases` from lists of values: one for each combination.
---@param spec table<string, any[]> with `exclude` and `include`, lists of tables
---@return table[] cases each with `name`: "db=pg,n=1"
function M.matrix(spec)
  return require("clnrm.matrix").cases(spec)
end

--- Calls a function with generated values, and shows the simplest that it fails for.
---@async
---@param gen string|table a generator: "int", { kind = "list", of = "word" }
---@param fn async fun(value: any): boolean? must neither raise nor return false
---@param opts? { runs?: integer, seed?: integer|string }
function M.property(gen, fn, opts)
  host.current().property(gen, fn, opts)
end

local PARTS = {
  chaos = true,
  fake = true,
  fs = true,
  hash = true,
  http = true,
  json = true,
  service = true,
  task = true,
  time = true,
  toml = true,
}

setmetatable(M, {
  __index = function(fields, name)
    if not PARTS[name] then
      return nil
    end
    local part = host.freeze(require("clnrm." .. name), "clnrm." .. name)
    rawset(fields, name, part)
    return part
  end,
})

return host.freeze(M, "clnrm")
