--- Rooms of the sandbox that wait while a folder which they show is replaced.
local support = dofile("tests/e2e/support.lua")

local REPLACES = "cp -r %s/x %s/n; echo new >%s/n/word; rm -rf %s/x; mv %s/n %s/x"

local function replaces(dir)
  return (REPLACES:gsub("%%s", dir))
end

local READER = [==[
[meta]
name = "z"
$more
[[scenario]]
name = "first"
[[scenario.steps]]
name = "s"
command = "cat $file"
expect.stdout.equals = "new\n"
$service
[[scenario]]
name = "second"
[[scenario.steps]]
name = "s"
command = "cat $file"
expect.stdout.equals = "new\n"
$service
]==]

local IN_LUA = [==[
local clnrm = require("clnrm")
clnrm.test("replaces it", function(t)
  local room = t:open({ services = { b = { command = "sleep 1; $does; touch /tmp/done; sleep 100",
    image = "host", stop_timeout = "1ms", volumes = { "./vol:/v" },
    wait = { file = "/tmp/done" } } } })
  room:service("b")
  clnrm.expect(room:exec("true").exit_code):equals(0)
end)
]==]

local dir

before_each(function()
  dir = support.tempdir()
  support.write(dir .. "/clnrm.toml", '[project]\nname = "outer"\n')
  support.write(dir .. "/vol/x/clnrm.toml", '[project]\nname = "inner"\n')
  support.write(dir .. "/vol/x/word", "old\n")
end)

after_each(function()
  support.remove(dir)
end)

--- Runs files in turn; all must pass.
local function check(files)
  local argv = { "run", "-j1", "--backend", "sandbox", "--order", "file", "--allow",
    "host-hooks" }
  table.move(files, 1, #files, #argv + 1, argv)
  local got = support.run(argv, { cwd = dir })
  assert.equal(0, got.code, got.out .. got.err)
end

--- Writes a test with two scenarios that must see the new file.
local function reader(path, about)
  support.write(dir .. "/" .. path, (READER:gsub("%$(%l+)", { more = about.more or "",
    file = about.file or "/project/word", service = about.service or "" })))
  return path
end

--- Writes a test that replaces the folder as the rooms of the next one are there.
local function writer()
  support.write(dir .. "/a.clnrm.lua", (IN_LUA:gsub("%$does", replaces("/v"))))
  return "a.clnrm.lua"
end

local REUSE = '[room]\nreuse = "verified"'
local WHERE = { ["as it is"] = "", ["as a copy"] = '[room]\nproject = "copy"',
  ["in rooms that are used again"] = REUSE }

describe("a room of the sandbox is of what is there by then, where", function()
  for name, more in pairs(WHERE) do
    it("a test in Lua has replaced the project that is shown " .. name, function()
      check({ writer(), reader("vol/x/z.clnrm.toml", { more = more }) })
    end)
  end

  it("a test in Lua has replaced what its service is shown", function()
    check({ writer(), reader("z.clnrm.toml", { file = "/data/word", service = 'service = "r"',
      more = '[services.r]\ncommand = "sleep 100"\nimage = "host"\nstop_timeout = "1ms"\n'
        .. 'volumes = ["./vol/x:/data:ro"]' }) })
  end)

  it("before_all of its own file has replaced the project", function()
    local does = ('cd .. && %s'):format(replaces("."))
    for _, more in pairs(WHERE) do
      support.write(dir .. "/vol/x/word", "old\n")
      check({ reader("vol/x/z.clnrm.toml", { more = more
        .. ('\n[hooks]\nbefore_all = { command = "%s", on = "host" }'):format(does) }) })
    end
  end)
end)
