--- Which files of tests a save touches.
local affected = require("engine.dev.affected")

describe("engine.dev.affected", function()
  it("looks at every path of a save for new files of tests", function()
    local dir = os.tmpname()
    os.remove(dir)
    require("lfs").mkdir(dir)
    local paths, changed, list = {}, {}, {}
    for i = 1, 8 do
      paths[i] = ("%s/%d.clnrm.toml"):format(dir, i)
      local f = assert(io.open(paths[i], "w"))
      f:write('[meta]\nname = "t"\n')
      f:close()
      changed[paths[i]], list[i] = true, paths[i]
    end
    for new = 1, 8 do -- each of them once the only new one
      local entries, told = {}, {}
      for i, path in ipairs(paths) do
        entries[path] = i ~= new and { path = path, file = path } or nil
      end
      local loop = {
        cx = { args = { dir } }, entries = entries,
        state = { apply = function(_, event)
          told[#told + 1] = event
        end },
      }
      assert.same({ [paths[new]] = true },
        affected.rediscover(loop, { changed = changed, list = list }))
      assert.same({}, told)
    end
    os.execute("rm -r " .. dir)
  end)

  it("asks only the files that are given whether a save touches them", function()
    local asked = {}
    local function entry(path, is_touched)
      return setmetatable({ path = path }, { __index = function(_, key)
        asked[path] = true
        return key == "suites" and { { path = path, uses = {}, project_dir = "/p",
          room = { project = is_touched and "ro" or "none" }, scenarios = {} } } or nil
      end })
    end
    local loop = { everywhere = { files = {}, watched = {} },
      entries = { a = entry("/p/a", true), b = entry("/p/b", false) } }
    assert.is_false(affected.touches(loop, "/p/log", { "b", "gone" }))
    assert.same({ ["/p/b"] = true }, asked)
    assert.is_true(affected.touches(loop, "/p/log", { "b", "a" }))
  end)
end)
