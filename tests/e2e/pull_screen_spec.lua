--- Pulls on a terminal, of an engine that is slow: what is seen while they go on, and afterwards.
local fakes = dofile("tests/lua/docker/fakes.lua")
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")
local tmux = dofile("tests/tools/tmux.lua")

local SUM = "sha256:" .. ("ab"):rep(32)
local NAME = "127.0.0.1:1/team/app:1"

local function engine()
  local lines = {}
  for i = 0, 10 do
    lines[#lines + 1] = json.encode({ status = i < 10 and "Downloading" or "Pull complete",
      id = "1a2b3c4d5e6f", progressDetail = { current = i * 2000000, total = 20000000 } })
  end
  return fakes.engine({
    { match = "/_ping$", body = "OK",
      headers = { ["Api-Version"] = "1.41", Server = "Docker/20.10.24 (linux)" } },
    { match = "GET .*/version$", body = { Os = "linux", Arch = "amd64" } },
    { match = "GET .*/json$", times = 1, status = 404, body = { message = "none" } },
    { match = "POST .*/images/create", body = table.concat(lines, "\r\n"), pause = 0.002 },
    { match = "GET .*/images/.*json$", body = { Id = SUM, Os = "linux", Architecture = "amd64",
      RepoDigests = { "127.0.0.1:1/team/app@" .. SUM } } },
  })
end

describe("a pull on a terminal", function()
  local dir, screen

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/a.clnrm.toml", ('[meta]\nname = "a"\n[room]\nimage = "%s"\n'
      .. '[[steps]]\nname = "s"\ncommand = ["true"]\n'):format(NAME))
  end)

  after_each(function()
    if screen then
      screen:close()
      screen = nil
    end
    support.remove(dir)
  end)

  for _, width in ipairs({ 40, 80, 200 }) do
    it(("is seen in a region that goes in the end, %d columns wide"):format(width), function()
      local fake <close> = engine()
      screen = tmux.open(dir, { width = width, env = { DOCKER_HOST = fake.host } })
      screen:type('"$CLNRM" pull; echo "exit=$?"')
      local got = screen:wait(width == 40 and "%d+ %%  %d+/20 MB" or "%d+ %%  %d+%.0/20%.0 MB")
      assert.matches("Pulling", got)
      for line in got:gmatch("[^\n]+") do
        assert.is_nil(line:find("\27", 1, true))
      end
      got = screen:wait("exit=0")
      assert.is_nil(got:find("/20%.?0? MB"), got)
      assert.matches("pulled 127.0.0.1:1/team/app:1", (got:gsub("\n", "")))
    end)
  end

  it("is seen in the region of a run, and goes with it", function()
    local fake <close> = engine()
    screen = tmux.open(dir, { width = 100, env = { DOCKER_HOST = fake.host } })
    screen:type('"$CLNRM" run --backend docker; echo "exit=$?"')
    screen:wait("pulling 127.0.0.1:1/team/app:1  .*%d+ %%  %d+%.0/20%.0 MB")
    local got = screen:wait("exit=6")
    assert.is_nil(got:find("/20.0 MB", 1, true), got)
  end)

  it("is no escape sequence where there is no terminal", function()
    local fake <close> = engine()
    local got = support.run({ "pull" }, { cwd = dir, env = { DOCKER_HOST = fake.host } })
    assert.equal(0, got.code, got.err)
    assert.is_nil((got.out .. got.err):find("\27", 1, true))
  end)
end)
