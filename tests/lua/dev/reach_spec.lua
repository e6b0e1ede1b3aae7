local reach = require("engine.dev.reach")
local support = dofile("tests/e2e/support.lua")

describe("engine.dev.reach", function()
  it("watches behind a link a fourth of what a user may have, within limits", function()
    assert.equal(2000, reach.linked_max(0))
    assert.equal(2000, reach.linked_max(8192 - 1024))
    assert.equal(2048, reach.linked_max(8192))
    assert.equal(8192, reach.linked_max(32768))
    assert.equal(10000, reach.linked_max(1 << 40))
  end)

  it("does not watch more, and counts none in folders that are not entered", function()
    local dir = support.tempdir()
    finally(function()
      support.remove(dir)
    end)
    assert(os.execute(("cd '%s' && mkdir -p home few/1 few/2 few/node_modules/1/2/3 many/1/2/3 && "
      .. "ln -s ../few ../many home"):format(dir)))
    local watch <close> = assert(require("core.watch").open())
    local one, told = reach.new(3), {}
    one.on_unwatched = function(path, why)
      told[#told + 1] = path .. ": " .. why
    end
    assert.is_nil(one:add_folder(watch, dir .. "/home"))
    one:follow(dir .. "/home/few")
    one:follow(dir .. "/home/many")
    one:follow(dir .. "/home/many")
    assert.same({ dir .. "/home/many: more than 3 folders lie behind it" }, told)
    assert.same({ dir .. "/home/few/1/x" }, one:names(dir .. "/few/1/x"))
    assert.same({}, one:names(dir .. "/many/1/x"))
  end)

  it("follows no link in what lies behind a link", function()
    local dir = support.tempdir()
    finally(function()
      support.remove(dir)
    end)
    assert(os.execute(("cd '%s' && mkdir -p home ext one data/1/2/3 && touch one/f data/f && "
      .. "ln -s ../ext ../one/f home && ln -s ../data ../data/f ext && ln -s ../data one")
      :format(dir)))
    local watch <close> = assert(require("core.watch").open())
    local of, told = reach.new(3), {}
    of.on_unwatched = function(path)
      told[#told + 1] = path
    end
    assert.is_nil(of:add_folder(watch, dir .. "/home"))
    of:follow(dir .. "/home/ext")
    of:follow(dir .. "/home/f")
    for _, link in ipairs({ "ext/data", "ext/f", "one/data" }) do -- as the watch tells of them
      of:follow(dir .. "/" .. link)
    end
    assert.same({}, told)
    assert.same({}, of:names(dir .. "/data/f"))
    assert.same({ dir .. "/home/f" }, of:names(dir .. "/one/f"))
    -- but where the folder is named as well
    assert.is_nil(of:add_folder(watch, dir .. "/ext"))
    of:follow(dir .. "/ext/f")
    assert.same({ dir .. "/ext/f" }, of:names(dir .. "/data/f"))
  end)
end)
