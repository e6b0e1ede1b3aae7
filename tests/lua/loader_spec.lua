local embed = require("core.embed")
local loader = require("engine.loader")

describe("engine.loader", function()
  it("leaves nothing to be loaded from the working directory", function()
    for _, module in ipairs(loader.loaded()) do
      assert.not_matches("^%./", module.file)
    end
  end)

  it("finds every embedded module", function()
    for _, name in ipairs(embed.list()) do
      assert.is_function((embed.find(name)), name)
    end
  end)

  it("finds them again when their pages were given back", function()
    embed.release()
    for _, name in ipairs(embed.list()) do
      assert.is_function((embed.find(name)), name)
    end
  end)

  it("gives back what was read of the files of libraries, which go on", function()
    if (os.getenv("CLNRM_VARIANT") or "release") ~= "release" then
      pending("sanitizers are in each function of it")
    end
    --- kB that are resident of libraries' pages which cannot be written.
    local function resident()
      local kb, is_meant = 0, false
      for line in io.lines("/proc/self/smaps") do
        local mode, path = line:match("^%x+%-%x+ (%S+) %S+ %S+ %d+ +(/.*)$")
        if mode then
          is_meant = not mode:find("w", 1, true) and path:find(".so", 1, true) ~= nil
        elseif line:find("^Rss:") then
          kb = kb + (is_meant and tonumber(line:match("%d+")) or 0)
        end
      end
      return kb
    end
    assert(require("core.hash").sha256("x")) -- which comes with a library of its own
    local before = resident()
    embed.release()
    local after = resident()
    assert.is_true(after < before / 2, ("%d kB of %d"):format(after, before))
    assert.equal(64, #require("core.hash").sha256("x"))
  end)

  it("gives the original of a module under the prefix builtin.", function()
    assert.is_function(require("builtin.engine.main").main)
  end)

  it("names the places that were searched for a module that is not there", function()
    local ok, err = pcall(require, "engine.no_such_module")
    assert.is_false(ok)
    assert.matches("no built%-in module engine.no_such_module", err)
  end)

  it("lists each loaded module with the file that won", function()
    local by_name = {}
    for _, module in ipairs(loader.loaded()) do
      by_name[module.name] = module
    end
    assert.equal("builtin", by_name["engine.main"].kind)
    assert.matches("lua/engine/main.lua$", by_name["engine.main"].file)
  end)

  it("knows of overrides of modules that nobody has loaded", function()
    local fs, dirs = require("core.fs"), loader.overrides()
    local dir = assert(fs.tempdir())
    finally(function()
      loader.set_overrides(dirs)
      assert(fs.remove_tree(dir))
    end)
    loader.set_overrides({ { dir = dir, kind = "project" } })
    assert.is_false(loader.is_overridden("engine.none"))
    assert(fs.mkdir_p(dir .. "/engine/none"))
    assert.is_true(loader.is_overridden("engine.none"))
    loader.set_overrides({ { dir = dir, kind = "user" } })
    assert.is_false(loader.is_overridden("engine.none"))
  end)
end)
