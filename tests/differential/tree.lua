--- The files of the tests that run in rooms, in a folder where each of them has the same image.
---
--- The copies lie as the originals do, so that lines and paths stay put.  What names no image is
--- given one by overrides (override/engine): rooms, services, rooms of Lua tests.
local support = dofile("tests/e2e/support.lua")

local M = {}

--- Where tests lie that run.  Others join by being put there.
M.FOLDERS = { "examples", "tests/differential/scenarios", "tests/fixtures/wrong", "tests/lies" }

local HERE = "tests/differential"

local function quoted(...)
  local words = {}
  for i, word in ipairs({ ... }) do
    words[i] = support.quote(word)
  end
  return table.concat(words, " ")
end

local function copy(from, to)
  assert(os.execute("mkdir -p " .. quoted(to:match("^(.*)/"))))
  assert(os.execute(("cp -r %s"):format(quoted(from, to))))
end

---@class tests.differential.Tree
---@field dir string

--- Makes the folder; `close` removes it.
---@param folders? string[] default: all
---@return tests.differential.Tree
---@nodiscard
function M.new(folders)
  local tree = { dir = support.tempdir(), folders = folders or M.FOLDERS }
  for _, folder in ipairs(tree.folders) do
    copy(folder, tree.dir .. "/" .. folder)
  end
  copy(HERE .. "/override", tree.dir .. "/.clnrm/override")

  --- Runs all its files, or some, on a backend.
  ---@param backend { name: "sandbox"|"docker"|"podman", env: table<string, string> }
  ---@param paths? string[]
  ---@param deadline_s integer
  ---@return string events
  function tree.run(backend, paths, deadline_s)
    local env = {
      XDG_CACHE_HOME = tree.dir .. "/.cache",
      XDG_STATE_HOME = tree.dir .. "/.state",
    }
    for name, value in pairs(backend.env) do
      env[name] = value
    end
    local words = { "run", "--backend", backend.name, "-j", "4", "-f", "events" }
    paths = paths or tree.folders
    table.move(paths, 1, #paths, #words + 1, words)
    local got = support.run(words, { cwd = tree.dir, env = env, deadline_s = deadline_s })
    assert(got.out:find('"event":"run_end"', 1, true), got.err .. got.out:sub(-2000))
    return got.out
  end

  --- Puts an image into the store that the sandbox has there.
  ---@param archive string
  function tree.store(archive)
    local got = support.run({ "image", "load", archive },
      { cwd = tree.dir, env = { XDG_CACHE_HOME = tree.dir .. "/.cache" } })
    assert(got.code == 0, got.err)
  end

  function tree.close()
    support.remove(tree.dir)
  end
  return setmetatable(tree, { __close = tree.close })
end

return M
