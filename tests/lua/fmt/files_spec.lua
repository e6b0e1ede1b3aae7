--- The files that are formatted: which ones, and what is never written over.
local files = require("engine.fmt.files")
local fs = require("core.fs")

describe("engine.fmt.files", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  it("wants test files in TOML and project files, not what others include", function()
    for name, wanted in pairs({
      ["a.clnrm.toml"] = true, ["a.clnrm.toml.tera"] = true, ["a.toml.tera"] = true,
      ["_m.toml.tera"] = false, ["clnrm.toml"] = true, ["cleanroom.toml"] = true,
      ["a.toml"] = false, ["a.clnrm.lua"] = false, [".a.clnrm.toml"] = false,
    }) do
      assert.equal(wanted, files.is_wanted(name), name)
    end
  end)

  it("takes a template that is named like no test file for a part of others", function()
    for name, text in pairs({
      ["_m.toml.tera"] = "a=1\n", ["x/conf.tera"] = "a=1\n", ["base.toml"] = "a={{ x }}\n",
    }) do
      assert.is_true(files.is_part(name, text), name)
    end
    for name, text in pairs({
      ["a.clnrm.toml"] = "a={{ x }}\n", ["x/a.toml.tera"] = "a={{ x }}\n", ["b.toml"] = "a=1\n",
      [".a.clnrm.toml"] = "a={{ x }}\n", ["x/clnrm.toml"] = 'a="{{ x }}"\n',
    }) do
      assert.is_false(files.is_part(name, text), name)
    end
  end)

  it("writes a file only when it still holds what was read", function()
    local entry = { path = dir .. "/a.clnrm.toml", file = "a.clnrm.toml" }
    assert(fs.write_atomic(entry.path, "a=1\n"))
    local old = assert(files.read(entry))
    assert(fs.write_atomic(entry.path, "a=2\n")) -- an editor, say
    assert.matches("changed meanwhile", files.write(entry, old, "a = 1\n").message)
    assert.equal("a=2\n", (fs.read(entry.path)))
    assert.is_nil(files.write(entry, "a=2\n", "a = 2\n"))
    assert.equal("a = 2\n", (fs.read(entry.path)))
    assert.matches("changed meanwhile", files.write({ path = dir .. "/none" }, "", "x").message)
  end)
end)
