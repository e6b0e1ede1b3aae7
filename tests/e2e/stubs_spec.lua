--- clnrm stubs: the types of the Lua API in a project; what is the project's own stays.
local lfs = require("lfs")
local support = require("tests.e2e.support")

local META = (os.getenv("CLNRM_ROOT") or ".") .. "/stdlib/_meta/"

describe("clnrm stubs", function()
  local dir
  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/p/clnrm.toml", "")
    assert(lfs.mkdir(dir .. "/p/tests"))
  end)
  after_each(function()
    support.remove(dir)
  end)

  local function sh(command)
    return support.sh(command, { cwd = dir .. "/p/tests" })
  end

  local function read(name)
    return support.read(dir .. "/p/" .. name)
  end

  it("writes what make install puts below the prefix, and settings that name it", function()
    local got = sh("clnrm stubs")
    assert.same({ 0, "" }, { got.code, got.err })
    local count = 0
    for name in lfs.dir(META) do
      if name:find("^clnrm") then
        count = count + 1
        assert.equal(support.read(META .. name), read(".clnrm/luals/" .. name), name)
      end
    end
    assert.equal(count + 1, select(2, got.out:gsub("  created   ", "")))
    local settings = require("core.json").decode(read(".luarc.json"))
    assert.same({ runtime = { version = "Lua 5.4" },
      workspace = { library = { ".clnrm/luals" } } }, settings)
    got = sh("clnrm stubs")
    assert.same({ 0, ("  kept      %d files as they should be\n"):format(count + 1), "" },
      { got.code, got.out, got.err })
  end)

  it("tells those of another clnrm, and replaces them", function()
    assert.equal(1, sh("clnrm stubs --check").code)
    assert.is_nil(read(".luarc.json"))
    sh("clnrm stubs -q")
    local doctor = sh("clnrm doctor").out
    assert.matches(" ok +editor types +%.clnrm/luals: those of this clnrm\n", doctor)
    support.write(dir .. "/p/.clnrm/luals/clnrm_fs.lua", "---@meta clnrm.fs\n")
    support.write(dir .. "/p/.clnrm/luals/clnrm_gone.lua", "---@meta clnrm.gone\n")
    support.write(dir .. "/p/.clnrm/luals/clnrm_own.lua", "-- the project's\n")
    os.remove(dir .. "/p/.clnrm/luals/clnrm_toml.lua")
    local got = sh("clnrm stubs --check")
    assert.equal(1, got.code)
    local told = {}
    for word, name in got.out:gmatch("  (%l+) +%.clnrm/luals/clnrm_(%l+)%.lua\n") do
      told[name] = word
    end
    assert.same({ fs = "stale", toml = "missing", gone = "needless" }, told)
    assert.matches("\n  kept      %d+ files as they should be\n$", got.out)
    assert.equal("---@meta clnrm.fs\n", read(".clnrm/luals/clnrm_fs.lua"))
    doctor = sh("clnrm doctor").out
    assert.matches(" warn +editor types +%.clnrm/luals: those of another clnrm\n", doctor)
    assert.matches("\n +try: clnrm stubs\n", doctor)
    assert.equal(0, sh("clnrm stubs").code)
    assert.equal(0, sh("clnrm stubs --check").code)
    assert.is_nil(read(".clnrm/luals/clnrm_gone.lua"))
    assert.equal("-- the project's\n", read(".clnrm/luals/clnrm_own.lua"))
  end)

  it("never changes settings that are there, and says what they lack", function()
    for text, is_told in pairs({
      ['{ "%s": ["x"] }'] = true, ["{}"] = true, ["not JSON"] = true, ["[1]"] = true,
      ['{ "Lua": 1, "workspace": true }'] = true,
      ['{ "%s": ["x", "./.clnrm/luals/"] }'] = false,
      ['{ "Lua.%s": [".clnrm/luals"] }'] = false,
      ['{ "workspace": { "library": [".clnrm/luals"] } }'] = false,
      ['{ "Lua": { "workspace": { "library": [".clnrm/luals"] } } }'] = false,
      ['{ // mine\n "%s": [".clnrm/luals",] }'] = false,
    }) do
      text = text:gsub("%%s", "workspace" .. "." .. "library")
      support.write(dir .. "/p/.luarc.json", text)
      local got = sh("clnrm stubs")
      assert.equal(0, got.code)
      assert.equal(text, read(".luarc.json"))
      assert.equal(is_told and 'note: .luarc.json is yours and does not name them: add '
        .. '".clnrm/luals" to the library of its workspace\n' or "", got.err, text)
    end
  end)

  it("writes through no link that leads out of the project", function()
    assert(lfs.mkdir(dir .. "/out"))
    assert(lfs.link(dir .. "/out", dir .. "/p/.clnrm", true))
    local got = sh("clnrm stubs")
    assert.equal(6, got.code)
    assert.matches("^error: ", got.err)
    assert.equal("", sh("ls " .. dir .. "/out").out)
  end)

  it("takes no arguments", function()
    assert.equal(2, sh("clnrm stubs x").code)
  end)
end)
