--- tests/fixtures/wrong through the built program: none passes, none crashes, each is told its
--- place, each takes at most a second and 64 MB.
local fs = require("core.fs")
local proc = require("core.proc")

local clnrm = assert(os.getenv("CLNRM"))
local root = os.getenv("CLNRM_ROOT") or "."
local folder = root .. "/tests/fixtures/wrong/"
local variant = os.getenv("CLNRM_VARIANT") or "release"

local SECONDS, MEGABYTES = 1, 64
local is_measured = variant == "release" or variant == "debug" -- sanitizers cost their own

local top = assert(fs.tempdir())

--- The first diagnostic of each file: { code =, line =, column = }, from expected.txt.
local expected = {}
do
  local name
  for line in assert(fs.read(folder .. "expected.txt")):gmatch("[^\n]+") do
    local place, code = line:match("^(%d+:%d+) (%u%d%d%d) ")
    if line:match("^== ") then
      name = line:sub(4)
    elseif not expected[name] then
      expected[name] = { code = code or line:match("^(%u%d%d%d) "), place = place }
    end
  end
end

local function run(...)
  local process <close> = assert(proc.spawn({ argv = { clnrm, ... }, cwd = top }))
  local result = assert(process:wait())
  return result, process:stdout() .. process:stderr()
end

--- The time of the processor, not of the clock: the machine may be busy with other things.
local function check_cost(name, result)
  local took = result.rusage.user_ms + result.rusage.system_ms
  assert.is_true(took <= SECONDS * 1000, ("%s: %.0f ms"):format(name, took))
  local megabytes = result.rusage.max_rss_kb / 1024
  assert.is_true(megabytes <= MEGABYTES, ("%s: %.1f MB"):format(name, megabytes))
end

local function check(name, path)
  local wanted = assert(expected[name], name .. " is not in expected.txt")
  for _, command in ipairs({ "validate", "run" }) do
    local result, shown = run(command, path)
    local where = ("%s %s\n%s"):format(command, name, shown:sub(1, 2000))
    assert.equal("exited", result.kind, where)
    assert.equal(2, result.code, where)
    assert.is_truthy(shown:find("error[" .. wanted.code .. "]", 1, true), where)
    if wanted.place then
      assert.is_truthy(shown:find(("%s:%s\n"):format(path, wanted.place), 1, true), where)
    end
    assert.is_nil(shown:find("traceback", 1, true), where)
    assert.is_nil(("\n" .. shown):find("\n *PASS "), where)
    assert.is_nil(shown:find("[%z\1-\8\11-\31\127]"), where)
    if is_measured then
      check_cost(name, result)
    end
  end
end

describe("a wrong file", function()
  teardown(function()
    assert(fs.remove_tree(top))
  end)

  for _, entry in ipairs(assert(fs.scandir(folder))) do
    if entry.name:match("%.clnrm%.toml$") then
      it(entry.name, function()
        assert(fs.copy(folder .. entry.name, top .. "/" .. entry.name))
        check(entry.name, entry.name)
      end)
    end
  end

  it("is one with a warning, for validate alone", function()
    local text = 'meta = { name = "x", owner = "me" }\nsteps = [{ name = "s", command = "true" }]\n'
    assert(fs.write_atomic(top .. "/warned.toml", text))
    assert.equal(0, run("list", "warned.toml").code)
    local result, shown = run("validate", "warned.toml")
    assert.equal(2, result.code)
    assert.is_truthy(shown:find("error[P101]", 1, true), shown)
  end)

  for _, entry in ipairs(dofile(folder .. "generated.lua")) do
    local name, command = entry[1], entry[2]
    it("made: " .. name, function()
      local script = "exec 2>/dev/null; " .. command
      local argv = { "sh", "-c", script, "sh", name }
      local maker <close> = assert(proc.spawn({ argv = argv, cwd = top }))
      assert.equal(0, assert(maker:wait()).code)
      check(name, name)
      assert(fs.remove_tree(top .. "/" .. name:match("^[^/]+")))
    end)
  end
end)
