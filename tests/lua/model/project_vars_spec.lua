local fs = require("core.fs")
local vars = require("engine.model.project_vars")

describe("[vars] of the project", function()
  local dir

  before_each(function()
    dir = assert(fs.tempdir())
  end)

  after_each(function()
    assert(fs.remove_tree(dir))
  end)

  local function write(text)
    assert(fs.write_atomic(dir .. "/clnrm.toml", text))
  end

  it("are read anew each time, once for files that are read together", function()
    local known = { folders = {}, vars = {} }
    write("vars.a = 1\n")
    assert.same({ a = 1 }, vars.of(dir, nil, nil, known))
    write("vars.a = 2\n")
    assert.same({ a = 2 }, vars.of(dir))
    assert.same({ a = 1 }, vars.of(dir, nil, nil, known))
    assert.same({ a = 3 }, vars.of(dir, nil, "vars.a = 3", known))
    assert.same({ a = 4 }, vars.of(dir, function()
      return "vars.a = 4"
    end, nil, known))
  end)

  it("that are not there are not looked for again", function()
    local known = { folders = {}, vars = {} }
    assert.is_nil(vars.of(dir, nil, nil, known))
    write("vars.a = 1\n")
    assert.is_nil(vars.of(dir, nil, nil, known))
    assert.is_nil(vars.of(nil, nil, nil, known))
  end)
end)
