--- Broken variants of a good file: never a crash, never a diagnostic that cannot be drawn.
local diag = require("engine.diag")
local fs = require("core.fs")
local model = require("engine.model")
local text = require("core.text")

local GOOD = [==[
[meta]
name = "mutants"
tags = ["a", "b"]
timeout = "1m"

[room]
project = "copy"
env = { A = "1", B = 2 }
inherit_env = ["HOME"]

[[steps]]
name = "one"
command = ["echo", "hello"]
env = ["C=3"]
expected_exit_code = 0
expected_output_regex = 'h(e)llo'
expect.stdout = { contains = ["a", "é"], json = { "$.a[0]" = [1, 2.5, { b = true }] }, lines = 2 }
expect.file."out put" = { mode = "0644", sha256 = """
0000000000000000000000000000000000000000000000000000000000000000""" }
expect.duration_ms = { lt = 100, gt = 1 }

[[scenario]]
name = "two"
run = "false"
expect_failure = true
timeout_ms = 500
[[scenario.steps]]
name = "x"
command = '''cat'''
stdin = "漢字\u0000"

[services.db]
command = ["serve", "-v"]
depends_on = { db2 = "healthy" }
wait = [{ port = 80, timeout = "5s" }, { log = "a", times = 2 }, { http = "http://db:80/" }]
ports = [80, "8080:81"]
files = [{ path = "a", content = "x", mode = "0600" }]
tmpfs = "/c:size=1m"
extra_hosts = ["a:127.0.0.1"]
ulimits = { nofile = 5, core = { soft = 0, hard = 0 } }
[services.db2]
plugin = "redis"
port = 7000
health_check = { cmd = "true", retries = 2 }
aliases = ["cache"]
[service.once]
kind = "task"
command = "true"
volumes = { host_path = ".", container_path = "/p", read_only = true }
limits = { memory_mb = 64 }
]==]

local PIECES = {
  "[", "]", "[[", "]]", "{", "}", '"', "'", '"""', "=", ",", ".", "\n", "#", "\\", "\0", "\255",
  "é", "{{", "1", "-1", "true", "nan", "2025-01-01", "[[steps]]\n", "[meta]\n", "name = 1\n",
  "\27[2J",
}

local function mutate(s, random)
  for _ = 1, random(4) do
    local at, length = random(#s), random(12)
    local kind = random(4)
    if kind == 1 then
      s = s:sub(1, at - 1) .. s:sub(at + length)
    elseif kind == 2 then
      s = s:sub(1, at - 1) .. PIECES[random(#PIECES)] .. s:sub(at)
    elseif kind == 3 then
      local from = random(#s)
      s = s:sub(1, at - 1) .. s:sub(from, from + length) .. s:sub(at)
    else
      s = s:sub(1, at - 1) .. PIECES[random(#PIECES)] .. s:sub(at + length)
    end
  end
  return s
end

local project -- a folder for the volumes of GOOD

setup(function()
  project = assert(fs.tempdir())
end)

teardown(function()
  assert(fs.remove_tree(project))
end)

describe("a broken file", function()
  it("is refused or understood, never a crash", function()
    math.randomseed(42)
    local refused, drawn = 0, 0
    for _ = 1, tonumber(os.getenv("CLNRM_FUZZ") or 600) do
      local source = mutate(GOOD, math.random)
      local suite, list = model.parse(source, project .. "/x.toml", { file = "x.toml" })
      assert.equal(suite == nil, diag.has_error(list), source)
      refused = refused + (suite and 0 or 1)
      for _, d in ipairs(list) do
        assert.is_true(d.line >= 1 and d.column >= 1 and d.offset <= #source, source)
      end
      local shown = diag.render(list, { sources = { ["x.toml"] = source }, utf8 = true })
      assert.is_nil(shown:find("[%z\1-\9\11-\31\127]"), source)
      assert.is_nil(text.bad_utf8(shown), source)
      drawn = drawn + #list
    end
    assert.is_true(refused > 400, refused)
    assert.is_true(drawn > refused)
  end)

  it("is understood when it is not broken", function()
    local suite, list = model.parse(GOOD, project .. "/x.toml")
    assert.same({}, list)
    assert.same({ 2, 3 }, { #suite.scenarios, #suite.services })
  end)
end)
