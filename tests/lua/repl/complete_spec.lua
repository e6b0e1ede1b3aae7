local complete = require("engine.repl.complete")
local names = require("engine.repl.names")

describe("engine.repl.complete", function()
  local env

  before_each(function()
    env = setmetatable({ clnrm = require("clnrm"), value = { alpha = 1, beta = print } },
      { __index = _G })
    env.object = setmetatable({}, { __index = { go = print, size = 3 } })
    env.broken = setmetatable({}, { __index = function() error("x") end })
  end)

  local function of(text)
    return (complete.candidates(text, env))
  end

  it("offers names and words of the language", function()
    assert.same({ "repeat", "require", "return" }, of("x = re"))
    assert.same({ "value" }, of("print(val"))
    assert.same({}, of("x = "))
  end)

  it("offers fields, also through __index, and methods behind a colon", function()
    assert.same({ "alpha", "beta" }, of("value."))
    assert.same({ "beta" }, of("value:"))
    assert.same({ "go", "size" }, of("object."))
    assert.same({ "go" }, of("x = object:g"))
    assert.same({ "format" }, of("string.form"))
    assert.same({}, of("broken.x"))
    assert.same({}, of("nothing.x"))
  end)

  it("offers what the API has, and the keys of its options", function()
    assert.same({ "open" }, of("clnrm.op"))
    assert.same({ "image" }, of("clnrm.open{ im"))
    assert.same({ "env" }, of("clnrm.open({ image = 'x', en"))
  end)

  it("offers files in texts, and commands", function()
    assert.same({ "clnrm/" }, of('require("stdlib/cl'))
    assert.same({ "locals_spec.lua" }, of(":load tests/lua/repl/lo"))
    assert.same({ "load" }, of(":lo"))
  end)

  it("offers names of images behind image =", function()
    local function images(text)
      local found, prefix = complete.candidates(text, env, nil, function()
        return { "redis:7", "postgres:16", "postgres:15", "postgres:16", "host" }
      end)
      return found, prefix
    end
    assert.same({ "postgres:15", "postgres:16" }, (images('clnrm.open{ image = "post')))
    assert.same({ "host", "postgres:15", "postgres:16", "redis:7" }, (images("x = { image='")))
    assert.same({ "redis:7" }, (images([[r = clnrm.open({ ["image"] = "r]])))
    assert.same({}, (images('other_image = "redi')))
    assert.same({ "locals_spec.lua", "locals_" },
      { images('clnrm.open{ image = "archive:tests/lua/repl/locals_')[1],
        select(2, images('clnrm.open{ image = "archive:tests/lua/repl/locals_')) })
    assert.same({ ":16", "" }, { complete.answer('{ image = "a', 12, { env = env, width = 80,
      images = function() return { "a:16", "a:16" } end }) })
  end)

  it("puts in what all have, and shows the rest below", function()
    local o = { env = env, width = 80 }
    assert.same({ "ue", "" }, { complete.answer("val", 3, o) })
    local insert, below = complete.answer("value.", 6, o)
    assert.equal("", insert)
    assert.equal("  alpha beta\n", below)
    assert.same({ "", "" }, { complete.answer("zzz", 3, o) })
    assert.same({ "ue", "" }, { complete.answer("val + x", 3, o) })
  end)

  it("finds what the API says of a name", function()
    assert.equal("open", names.documented("clnrm.open", env)[1].entry.name)
    assert.equal("clnrm", names.documented("clnrm", env)[1].type.name)
    assert.same({}, names.documented("value.alpha", env))
  end)
end)
