--- What `lint --fix` and `migrate` write, and what they leave as it is.
local fs = require("core.fs")
local store = require("engine.cli.lint").store

describe("storing what fixes made", function()
  local dir, told, cx

  before_each(function()
    dir = assert(fs.tempdir())
    assert(fs.write_atomic(dir .. "/clnrm.toml", ""))
    assert(fs.write_atomic(dir .. "/a.clnrm.toml", "before"))
    told = {}
    cx = {
      show_diagnostics = function(_, list)
        table.move(list, 1, #list, #told + 1, told)
      end,
    }
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  local function changed(name, before)
    return { changed = { { file = name, path = dir .. "/" .. name, before = before,
      after = "after" } } }
  end

  it("writes a file that is what was read", function()
    assert.is_true(store(cx, changed("a.clnrm.toml", "before")))
    assert.equal("after", fs.read(dir .. "/a.clnrm.toml"))
    assert.same({}, told)
  end)

  it("leaves one that was saved meanwhile, and says so", function()
    assert.is_false(store(cx, changed("a.clnrm.toml", "read before it was saved")))
    assert.equal("before", fs.read(dir .. "/a.clnrm.toml"))
    assert.equal("a.clnrm.toml", told[1].file)
    assert.matches("changed meanwhile", told[1].message)
  end)

  it("writes the others all the same", function()
    local run = changed("a.clnrm.toml", "before")
    table.insert(run.changed, 1, changed("gone.clnrm.toml", "x").changed[1])
    assert.is_false(store(cx, run))
    assert.equal("after", fs.read(dir .. "/a.clnrm.toml"))
  end)
end)
