--- What lines of the debugger see and change.
local frames = require("engine.pdb.frames")
local scopes = require("engine.pdb.scope")

--- Runs a text in a coroutine that fails, and returns its stack.
local function failed(text, env)
  local fn = assert(load(text, "@user.lua", "t", env or { error = error }))
  local co = coroutine.create(fn)
  assert.is_false(coroutine.resume(co))
  return co
end

local function names_of(variables)
  local list = {}
  for i, variable in ipairs(variables) do
    list[i] = variable.name
  end
  return list
end

describe("engine.pdb.frames", function()
  it("lists the user's frames, the innermost first", function()
    local list = frames.of(failed([[
      local function inner() error("x") end
      local function outer() inner() return 1 end
      outer()]]))
    assert.same({ 1, 2, 3 }, { list[1].line, list[2].line, list[3].line })
    assert.same({ "inner", "outer", "user.lua" }, { list[1].name, list[2].name, list[3].file })
  end)

  it("leaves out what the compiler has for itself, and finds the later of two names", function()
    local list = frames.of(failed("local a = 1 local a, b = 2 for i = 1, 2 do error('x') end"))
    assert.same({ "a", "a", "b", "i" }, names_of(frames.locals(list[1])))
    assert.equal(2, frames.find(list[1], "a").value)
    assert.is_nil(frames.find(list[1], "c"))
  end)
end)

describe("engine.pdb.scope", function()
  local scope, env, own

  before_each(function()
    env, own = { error = error, shared = "of the file" }, { shown = 1 }
    scope = scopes.new(frames.of(failed([[
      local outer, n = "outer", 0
      local function count() return n end
      local function inner(x)
        local nothing
        outer = outer .. shared
        error(count)
      end
      inner(5)]], env)), own)
  end)

  it("finds locals, outer variables, own names, those of the file and of Lua", function()
    assert.equal(5, scope.env.x)
    assert.equal("outerof the file", scope.env.outer)
    assert.equal(1, scope.env.shown)
    assert.equal("of the file", scope.env.shared)
    assert.equal(math, scope.env.math)
    assert.is_true(scope:has("nothing"))
    assert.is_true(scope:has("shared"))
    assert.is_false(scope:has("nobody"))
    assert.is_false(scope:has("next"))
  end)

  it("finds what the chosen frame has", function()
    scope.at = 2
    assert.equal(0, scope.env.n)
    assert.is_nil(scope.env.x)
  end)

  it("assigns to the variable of the frame, which closures see", function()
    scope.env.x = 7
    scope.at = 2
    scope.env.n = 3
    assert.equal(3, scope.env.count())
    scope.at = 1
    assert.equal(7, scope.env.x)
    assert.is_nil(own.x)
    assert.is_nil(env.x)
  end)

  it("keeps names that nobody has from the file", function()
    scope.env.fresh, scope.env.shared = 1, "changed"
    assert.equal(1, own.fresh)
    assert.is_nil(env.fresh)
    assert.equal("changed", env.shared)
  end)

  it("offers names for completion, without those of the compiler", function()
    local set = {}
    for _, name in ipairs(scope:names()) do
      set[name] = true
    end
    assert.same({ true, true, true, true }, { set.x, set.outer, set.shared, set.shown })
    assert.is_nil(set._ENV)
  end)
end)
