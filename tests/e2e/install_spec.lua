--- `make install` from a copy of the source tree that is moved away before the program runs.
local lfs = require("lfs")

local root = assert(os.getenv("CLNRM_ROOT"))
local variant = assert(os.getenv("CLNRM_VARIANT"))

--- Runs a shell command; returns its exit status and what it printed.
local function sh(fmt, ...)
  local pipe = assert(io.popen("( " .. fmt:format(...) .. "\n) 2>&1; echo $?", "r"))
  local text = pipe:read("a")
  pipe:close()
  local output, status = text:match("^(.-)(%d+)\n$")
  return tonumber(status), output
end

describe("make install", function()
  local dir, bin

  setup(function()
    dir = os.tmpname()
    os.remove(dir)
    assert(lfs.mkdir(dir))
    local status, output = sh([[
      set -e
      mkdir -p '%s/source/build'
      cd '%s'
      tar -c --exclude=./.git --exclude=./build . | tar -x -C '%s/source'
      cp -a 'build/%s' '%s/source/build/'
      cd '%s/source'
      make -s VARIANT=%s install DESTDIR='%s/dest' PREFIX=/opt/clnrm
      mv '%s/source' '%s/moved-away' # what the program still reads from it is missing then
    ]], dir, root, dir, variant, dir, dir, variant, dir, dir, dir)
    assert.equal(0, status, output)
    bin = dir .. "/dest/opt/clnrm/bin/clnrm"
  end)

  teardown(function()
    sh("rm -rf '%s'", dir)
  end)

  it("puts the program, its plugins and the documents where they belong", function()
    assert.equal(0, (sh("test -x '%s'", bin)))
    assert.equal(0, (sh("test -f '%s/dest/opt/clnrm/share/doc/clnrm/README.md'", dir)))
    assert.equal(0, (sh("test -f '%s/dest/opt/clnrm/share/clnrm/luals/clnrm.lua'", dir)))
    local _, wanted = sh("cd '%s/build/%s' && ls libclnrm_*.so", root, variant)
    local _, found = sh("cd '%s/dest/opt/clnrm/lib/clnrm' && ls libclnrm_*.so", dir)
    assert.equal(wanted, found)
  end)

  it("gives a program of at most 3 MB, all of its Lua in it", function()
    if variant == "release" then -- others have their checks and names in it
      assert.is_true(lfs.attributes(bin, "size") <= 3000000, lfs.attributes(bin, "size"))
    end
  end)

  it("gives a program that runs without the source tree, from any directory", function()
    local script = dir .. "/script.lua"
    local f = assert(io.open(script, "w"))
    f:write([[
      for _, name in ipairs(require("core.embed").list()) do
        require(name)
      end
      for _, module in ipairs(require("engine.loader").loaded()) do
        assert(module.kind == "builtin", module.name)
      end
      print("all loaded")
    ]])
    f:close()
    local status, output = sh("cd / && '%s' lua '%s'", bin, script)
    assert.same({ 0, "all loaded\n" }, { status, output })
  end)

  it("gives a program that makes and runs a first test", function()
    local status, output = sh("mkdir '%s/project' && cd '%s/project' && '%s' init && '%s' run",
      dir, dir, bin, bin)
    assert.equal(0, status, output)
    assert.matches("2 run: 2 passed", output)
  end)

  it("loads its plugins from where they were installed", function()
    local script = dir .. "/hash.lua"
    local f = assert(io.open(script, "w"))
    f:write('print((assert(require("core.hash").sha256("abc"))))')
    f:close()
    local status, output = sh("cd / && '%s' lua '%s'", bin, script)
    assert.equal(0, status, output)
    assert.matches("^ba7816bf", output)
  end)

  it("takes everything away again with make uninstall", function()
    local status, output = sh("cd '%s' && make -s uninstall DESTDIR='%s/dest' PREFIX=/opt/clnrm",
      root, dir)
    assert.equal(0, status, output)
    assert.equal("", select(2, sh("find '%s/dest' -type f", dir)))
  end)
end)
