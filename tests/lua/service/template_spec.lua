package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"

local fs = require("core.fs")
local helper = require("service.helper")
local proc = require("core.proc")
local task = require("clnrm.task")
local template = require("engine.service.template")

local open = helper.open

local CLNRM = assert(fs.realpath("/proc/self/exe"))
local ROOT = assert(fs.realpath(os.getenv("CLNRM_ROOT") or "."))

--- A service whose data is a file; `text` makes it, in $1.
local function service(text, more)
  text = text or 'cat >"$1/file"; echo "$WHO" >>"$1/file"'
  local made = {
    argv = { "sh", "-ec", text, "sh", "/var/lib/it/data" },
    into = "/var/lib/it/data",
    key = "spec",
    stdin = "input\n",
    env = { { "WHO", "me" } },
  }
  for key, value in pairs(more or {}) do
    made[key] = value
  end
  return {
    name = "it",
    shell = "cat data/file; echo mine >>data/file; echo up; exec sleep 60",
    wait = { { kind = "log", value = "^up$" } },
    template = made,
  }
end

--- Starts it in a room of its own; what it found.
local function found(spec)
  local o <close> = open({ spec })
  local ok, failure = o.set:start({ "it" })
  if not ok then
    return nil, failure
  end
  local result <close> = helper.result(o.room:exec({
    service = o.set:get("it"),
    argv = { "tail", "-n1", "data/file" },
  }))
  assert.equal("mine\n", result:stdout())
  return (o.set:logs("it").stdout:gsub("up\n$", ""))
end

describe("engine.service.template", function()
  local dir, before

  --- Names of what is in the cache.
  local function cached(pattern)
    local names = {}
    for _, entry in ipairs(fs.scandir(dir .. "/clnrm/templates") or {}) do
      if entry.name:match(pattern) then
        names[#names + 1] = entry.name
      end
    end
    return names
  end

  before_each(function()
    dir = assert(fs.tempdir())
    before = template.directory
    template.directory = function()
      local path = dir .. "/clnrm/templates"
      assert(fs.mkdir_p(path, { mode = 448 }))
      return path
    end
  end)

  after_each(function()
    template.directory, template.overlay = before, true
    assert(fs.remove_tree(dir))
  end)

  it("makes data once, and gives each room a copy of its own", function()
    assert.equal("input\nme\n", found(service()))
    local names = cached("^%x+$")
    assert.equal(1, #names)
    local path = dir .. "/clnrm/templates/" .. names[1]
    assert.equal("input\nme\n", fs.read(path .. "/file"))
    assert(fs.write_atomic(path .. "/file", "from the cache\n"))
    assert.equal("from the cache\n", found(service()))
    assert.equal("from the cache\n", found(service()))
    assert.equal("from the cache\n", fs.read(path .. "/file"))
  end)

  it("makes other data for another command, input, environment or key", function()
    assert.equal("input\nme\n", found(service()))
    assert.equal("other\nme\n", found(service(nil, { stdin = "other\n" })))
    assert.equal("input\nyou\n", found(service(nil, { env = { { "WHO", "you" } } })))
    assert.equal("input\nme\n", found(service(nil, { key = "second" })))
    assert.equal("x\n", found(service('echo x >"$1/file"')))
    assert.equal(5, #cached("^%x+$"))
  end)

  it("copies where there can be no overlay", function()
    template.overlay = false
    assert.equal("input\nme\n", found(service()))
    assert.equal(1, #cached("^%x+$"))
    assert.equal("input\nme\n", found(service()))
  end)

  it("makes it in the service's own room where there is no cache", function()
    template.directory = function()
      return nil, { code = "ENOENT", message = "no cache" }
    end
    assert.equal("input\nme\n", found(service(nil, { key = "no cache" })))
    assert.same({}, cached("."))
  end)

  it("says why it cannot be made, and keeps nothing of it", function()
    local spec = service('echo half >"$1/file"; echo no pw4you >&2; exit 3')
    spec.secrets = { "pw4you" }
    local ok, failure = found(spec)
    assert.is_nil(ok)
    assert.equal("T608", failure.code)
    assert.equal("error", failure.verdict)
    assert.equal("service 'it' could not start: the command that makes its data ended with exit "
      .. "code 3: no ***", failure.message)
    assert.same({}, cached("^%x+$"))
    assert.same({}, cached("tmp"))
  end)

  it("is made once by two who want it at the same time", function()
    local text = 'sleep 0.2; date +%N >"$1/file"'
    local one, two
    do
      local group <close> = task.group()
      group:spawn(function()
        one = found(service(text))
      end)
      group:spawn(function()
        two = found(service(text))
      end)
    end
    assert.matches("^%d+\n$", one)
    assert.equal(one, two)
  end)

  --- Starts another clnrm that makes the template, with the cache at `dir`.
  local function other(text)
    local program = ([[
local template = require("engine.service.template")
local path, err = template.ensure({ name = "it", template = {
  argv = { "sh", "-ec", %q, "sh", "/var/lib/it/data" },
  into = "/var/lib/it/data", key = "spec", stdin = "input\n", env = { { "WHO", "me" } },
} })
print(path or err.message)
]]):format(text)
    local path = ("%s/%d.lua"):format(dir, math.random(1 << 40))
    assert(fs.write_atomic(path, program))
    return assert(proc.spawn({
      argv = { CLNRM, "lua", path },
      env = {
        "XDG_CACHE_HOME=" .. dir, "CLNRM_LUA_DIR=" .. ROOT, "PATH=/usr/bin:/bin", "HOME=" .. dir,
      },
    }))
  end

  local function wait_for(fn)
    for _ = 1, 1000 do
      if fn() then
        return true
      end
      task.sleep(10)
    end
  end

  it("is made once by two programs", function()
    local text = 'sleep 0.2; date +%N >"$1/file"'
    local a <close> = other(text)
    local b <close> = other(text)
    assert.equal(0, assert(a:wait()).code)
    assert.equal(0, assert(b:wait()).code)
    assert.equal(a:stdout(), b:stdout())
    assert.matches("/%x+\n$", a:stdout())
    assert.equal(1, #cached("^%x+$"))
    local first = fs.read(a:stdout():gsub("\n", "") .. "/file")
    assert.equal(first, found(service(text)))
  end)

  it("takes nothing for whole that a killed program left, nor waits for it", function()
    local text = 'echo part >"$1/file"; test -e /project || sleep 60'
    do
      local killed <close> = other(text)
      assert(wait_for(function()
        local name = cached("%.tmp%-")[1]
        return name and fs.read(("%s/clnrm/templates/%s/file"):format(dir, name)) == "part\n"
      end))
      killed:signal(9)
      killed:wait()
    end
    assert.same({}, cached("^%x+$"))
    assert.equal(1, #cached("%.tmp%-"))
    local same = service(text)
    template.MAKE_MS = 300
    local ok, failure = found(same)
    template.MAKE_MS = 120000
    assert.is_nil(ok) -- it is made anew, and here it takes too long
    assert.matches("had not ended after", failure.message)
    assert.same({}, cached("%.tmp%-"))
  end)
end)

describe("the cache of templates", function()
  it("is the user's own, or none", function()
    local dir = assert(fs.tempdir())
    local function ask(env)
      local text = 'local dir, err = require("engine.service.template").directory()\n'
        .. "print(dir or err.message)"
      assert(fs.write_atomic(dir .. "/ask.lua", text))
      env[#env + 1], env[#env + 2] = "CLNRM_LUA_DIR=" .. ROOT, "PATH=/usr/bin:/bin"
      local process <close> =
        assert(proc.spawn({ argv = { CLNRM, "lua", dir .. "/ask.lua" }, env = env }))
      assert(process:wait())
      return (process:stdout():gsub("\n$", ""))
    end
    assert.equal(dir .. "/clnrm/templates", ask({ "XDG_CACHE_HOME=" .. dir, "HOME=/nowhere" }))
    assert.equal(448, fs.stat(dir .. "/clnrm/templates").mode)
    assert.equal(dir .. "/.cache/clnrm/templates", ask({ "HOME=" .. dir }))
    assert.matches("neither XDG_CACHE_HOME nor HOME", ask({ "HOME=/nowhere" }))
    assert(fs.chmod(dir .. "/clnrm/templates", 511))
    assert.matches("is not a directory that only this user", ask({ "XDG_CACHE_HOME=" .. dir }))
    assert(fs.remove_tree(dir))
  end)
end)
