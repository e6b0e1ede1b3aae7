--- clnrm dry-run and clnrm list as a user runs them: what a run would do is told, and nothing of it
--- done.
local json = require("core.json")
local support = require("tests.e2e.support")

local FIXTURE = (os.getenv("CLNRM_ROOT") or ".") .. "/tests/fixtures"
local check_golden = dofile("tests/tools/golden.lua")("tests/fixtures/golden/%s")
local CALLS = "%network,execve" -- what would betray that somebody was asked, or something executed

describe("clnrm dry-run", function()
  local dir, env

  before_each(function()
    dir = support.tempdir()
    env = { XDG_STATE_HOME = dir .. "/state", XDG_CACHE_HOME = dir .. "/cache" }
    assert(os.execute(("mkdir '%s/state' && cp -r '%s/plan' '%s/p'"):format(dir, FIXTURE, dir)))
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function clnrm(argv, more)
    local own = {}
    for name, value in pairs(env) do
      own[name] = value
    end
    for name, value in pairs(more or {}) do
      own[name] = value
    end
    return support.run(argv, { cwd = dir .. "/p", env = own })
  end

  local function plan(...)
    local got = clnrm({ "dry-run", "--json", "-j2", ... })
    assert.equal("", got.err)
    return assert(json.decode(got.out)), got
  end

  for _, columns in ipairs({ "60", "120" }) do
    it("shows rooms, services, steps and the sum at " .. columns .. " columns", function()
      local got = clnrm({ "dry-run", "-j2" }, { COLUMNS = columns })
      assert.same({ 0, "" }, { got.code, got.err })
      check_golden("dry-run-" .. columns .. ".txt", got.out)
    end)
  end

  it("writes all of it as JSON of stable fields", function()
    local document, got = plan()
    assert.equal(0, got.code)
    check_golden("dry-run.json", json.encode(document, { indent = 2 }) .. "\n")
  end)

  it("-q shows the sum that stands below the plan, and leaves JSON as it is", function()
    local whole, sum = clnrm({ "dry-run", "-j2" }), clnrm({ "dry-run", "-j2", "-q" })
    assert.matches("^Plan: ", sum.out)
    assert.equal(sum.out, whole.out:sub(-#sum.out))
    assert.same({ whole.code, "" }, { sum.code, sum.err })
    assert.equal(clnrm({ "dry-run", "-j2", "--json" }).out,
      clnrm({ "dry-run", "-j2", "--json", "-q" }).out)
  end)

  it("ends as a run where all would be skipped", function()
    support.write(dir .. "/s/clnrm.toml", "")
    local needs = 'meta.name = "s"\nmeta.requires = ["docker"]\n[[steps]]\nname = "s"\n'
      .. 'command = ["true"]\n'
    support.write(dir .. "/s/a.clnrm.toml", needs)
    local got = clnrm({ "-C", "../s", "dry-run" })
    assert.same({ 4, "" }, { got.code, got.err })
    assert.matches("1 s: skipped: it requires docker: rooms are made by the sandbox\n", got.out)
    assert.equal(4, clnrm({ "-C", "../s", "dry-run", "--json" }).code)
    assert.equal(4, clnrm({ "-C", "../s", "run" }).code)
    support.write(dir .. "/s/b.clnrm.toml", (needs:gsub("meta.requires[^\n]*\n", "")))
    assert.equal(0, clnrm({ "-C", "../s", "dry-run" }).code)
    assert.equal(0, clnrm({ "-C", "../s", "run" }).code)
  end)

  it("reads a text from standard input, as graph and validate do", function()
    local text = 'meta.name = "s"\nroom.image = "%s"\n[[steps]]\nname = "s"\ncommand = ["true"]\n'
    local function piped(command, root)
      return support.sh("cd p && clnrm " .. command .. " <<'E'\n" .. text:format(root) .. "E",
        { cwd = dir, env = env })
    end
    local got = piped("dry-run -", "host")
    assert.same({ 0, "" }, { got.code, got.err })
    assert.matches("^stdin%.clnrm%.toml\n  1 s: room 1 %(sandbox%)\n      1 s  true\n", got.out)
    assert.equal("stdin.clnrm.toml\n└─ s\n   └─ 1 s\n", piped("graph -", "host").out)
    assert.equal("1 file, 1 scenario: valid\n", piped("validate -", "host").out)
    for _, command in ipairs({ "dry-run", "graph", "validate" }) do
      got = piped(command .. " -", "rootfs:gone")
      assert.equal(2, got.code, command)
      assert.matches("stdin%.clnrm%.toml:2:14", got.err, 1, false, command)
      assert.equal(2, piped(command .. " - shop.clnrm.toml", "host").code, command)
      assert.matches("both read from standard input", piped(command .. " - --vars -", "host").err)
    end
    assert.matches("a run needs a file", piped("run -", "host").err)
  end)

  it("asks no engine and starts no program", function()
    local trace = dir .. "/trace"
    local got = support.sh(("ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o %s -e trace=%s "
      .. '"$CLNRM" dry-run -q'):format(trace, CALLS), { cwd = dir .. "/p", env = env })
    assert.equal(0, got.code)
    local text = support.read(trace)
    assert.is_nil(text:find("connect(", 1, true), text)
    local _, started = text:gsub("execve%(", "")
    assert.equal(1, started, text)
  end)

  it("refuses a report that a run could not write", function()
    support.write(dir .. "/r/clnrm.toml", "")
    support.write(dir .. "/r/a.clnrm.toml", 'meta.name = "a"\nreport.json = "gone/x.json"\n'
      .. '[[steps]]\nname = "s"\ncommand = ["true"]\n')
    for _, command in ipairs({ "run", "dry-run" }) do
      local got = clnrm({ "-C", "../r", command })
      assert.equal(2, got.code, command)
      assert.matches("error%[E222%]: report of kind json: .*no such file", got.err)
    end
  end)

  it("executes no code of the project", function()
    local bomb = 'error("executed")\n'
    for _, path in ipairs({ "services/bomb.lua", "assertions/bomb.lua", "hook.lua",
      ".clnrm/override/engine/ui/plan_lines.lua", "t.clnrm.lua" }) do
      support.write(dir .. "/q/" .. path, bomb)
    end
    support.write(dir .. "/q/clnrm.toml", "")
    support.write(dir .. "/q/t.clnrm.toml", [==[
meta.name = "t"
services.own.plugin = "bomb"
assertions.bomb = true
hooks.before_each = "hook.lua"
[[steps]]
name = "see"
command = ["true"]
]==])
    local got = clnrm({ "-C", "../q", "dry-run" })
    assert.same({ 0, "" }, { got.code, got.err })
    assert.matches("service own: [^\n]*not known before its module runs", got.out)
    assert.matches("executed", clnrm({ "-C", "../q", "run" }).out) -- there it is
  end)

  it("chooses and orders as run does", function()
    assert.equal(4, clnrm({ "dry-run", "--failed" }).code) -- nothing is recorded
    local document = plan("-k", "host", "--order", "random", "--seed", "7")
    local run = clnrm({ "run", "-f", "events", "-j1", "-k", "host", "--order", "random",
      "--seed", "7" })
    local ids = {}
    for id in run.out:gmatch('"event":"scenario_begin"[^\n]-"id":"([^"]+)"') do
      ids[#ids + 1] = id
    end
    assert.equal(2, #ids)
    assert.same(ids, { document.scenarios[1].id, document.scenarios[2].id })
    assert.same({ "random", 7 }, { document.order, document.seed })
    assert.equal(1, #plan("host.clnrm.toml:15").scenarios)
    assert.equal(4, #plan("shop.clnrm.toml").scenarios)
    assert.equal(2, #plan("--only", "rolls*").scenarios)
    assert.equal(4, #plan("--tag", "db").scenarios)
    assert.equal(8, #plan("--shard", "1/2").scenarios + #plan("--shard", "2/2").scenarios - 1)
    assert.equal(2, clnrm({ "dry-run", "-k", "(" }).code)
  end)

  it("takes a Lua file whose tests are not known by what failed of them", function()
    local test = 'local c = require("clnrm")\nc.test("t", function() c.expect(1):equals(%d) end)\n'
    support.write(dir .. "/f/clnrm.toml", "")
    support.write(dir .. "/f/bad.clnrm.lua", test:format(2))
    support.write(dir .. "/f/good.clnrm.lua", test:format(1))
    clnrm({ "-C", "../f", "run" })
    local got = clnrm({ "-C", "../f", "dry-run", "--failed" })
    assert.equal(0, got.code)
    assert.matches("^bad%.clnrm%.lua\n  1 bad", got.out)
    assert.matches("\nPlan: the tests of 1 Lua file, %d+ at once\nEstimate: %d", got.out)
    assert.is_nil(got.out:find("good", 1, true))
  end)

  it("names the engine that was asked for, in each room", function()
    local rooms = plan("host.clnrm.toml", "--backend", "podman").rooms
    assert.same({ "podman", true }, { rooms[1].backend, rooms[1].asks_engine })
    assert.equal("sandbox", plan("shop.clnrm.toml", "--backend", "sandbox").rooms[1].backend)
    assert.is_nil(plan("engine.clnrm.toml", "--backend", "podman").scenarios[1].skipped)
  end)

  it("knows what clnrm.lock has", function()
    support.write(dir .. "/p/clnrm.lock", ('format = 1\n[[image]]\nname = '
      .. '"docker.io/library/postgres:16"\nplatform = "linux/amd64"\nid = "sha256:%s"\n')
      :format(("a"):rep(64)))
    local locked = {}
    for _, image in ipairs(plan().images) do
      locked[image.name] = image.locked
    end
    assert.same({ true, false }, { locked["postgres:16"],
      locked["registry.example/shop/api:1.2"] })
    support.write(dir .. "/p/clnrm.lock", "format = 1\nodd")
    assert.equal(2, clnrm({ "dry-run" }).code)
  end)

  it("estimates from records, by locks and slots, and says what it does not know", function()
    support.write(dir .. "/r/clnrm.toml", "")
    local scenario = '[[scenario]]\nname = "%s"\nrun = ["sleep", "%s"]\n%s\n'
    support.write(dir .. "/r/t.clnrm.toml", '[meta]\nname = "t"\n'
      .. scenario:format("a", "0.3", 'locks = ["x"]')
      .. scenario:format("b", "0.3", 'locks = ["x"]'))
    local function estimate(...)
      return json.decode(clnrm({ "-C", "../r", "dry-run", "--json", ... }).out).estimate
    end
    assert.is_nil(estimate().ms)
    assert.matches("Estimate: unknown, no run of this project is on record\n",
      clnrm({ "-C", "../r", "dry-run", "-q" }).out)
    assert.equal(0, clnrm({ "-C", "../r", "run" }).code)
    local found = estimate("-j2")
    assert.is_true(found.ms >= 600, tostring(found.ms)) -- one after the other
    assert.same({ false, 2, 0, 1, 2 }, { found.is_least, found.known, found.unknown, found.runs,
      found.slots })
    support.write(dir .. "/r/u.clnrm.toml", '[meta]\nname = "u"\n'
      .. scenario:format("new", "1", ""))
    assert.is_true(estimate().is_least)
    assert.matches("from 1 run, and 1 that is not on record\n",
      clnrm({ "-C", "../r", "dry-run", "-q" }).out)
    assert.is_nil(require("lfs").attributes(dir .. "/r/.clnrm"))
  end)

  it("shows no secret: of services, of [secrets], of variables that templates read", function()
    support.write(dir .. "/s/t.clnrm.toml", [==[
meta.name = "t"
secrets.API_PIN = true
services.db = { plugin = "redis", password = "of-the-service" }
[[steps]]
name = "{{ env(name='SHOP_TOKEN') }} is said"
command = ["echo", "{{ env(name='SHOP_TOKEN') }}", "of-the-service", "of-the-list"]
description = "{{ env(name='SHOP_TOKEN') }}"
]==])
    local more = { SHOP_TOKEN = "of-the-shop", API_PIN = "of-the-list" }
    for _, argv in ipairs({ { "dry-run" }, { "dry-run", "--json" }, { "graph", "t.clnrm.toml" },
      { "graph", "t.clnrm.toml", "--json" } }) do
      local got = clnrm({ "-C", "../s", table.unpack(argv) }, more)
      assert.same({ 0, "" }, { got.code, got.err })
      assert.is_nil(got.out:find("of%-the%-%l+"), got.out)
      assert.matches("*** is said", got.out, 1, true)
    end
  end)

  it("tells a secret that is not given, which would be an error of the run", function()
    support.write(dir .. "/m/t.clnrm.toml",
      'meta.name = "t"\nsecrets.API_PIN = true\n' .. support.HELLO:match("%[%[steps.*"))
    local got = clnrm({ "-C", "../m", "dry-run" })
    assert.equal(0, got.code)
    assert.matches("\n  error: the secret API_PIN is not given: [^\n]*\n  1 t: room 1", got.out)
    assert.equal(2, clnrm({ "-C", "../m", "run" }).code)
    support.write(dir .. "/m/env", "API_PIN=123456\n")
    got = clnrm({ "-C", "../m", "dry-run", "--env-file", "env" })
    assert.is_nil(got.out:find("error", 1, true))
    assert.equal(0, clnrm({ "-C", "../m", "run", "--env-file", "env" }).code)
    assert.equal(2, clnrm({ "-C", "../m", "dry-run", "--env-file", "nowhere" }).code)
  end)

  it("tells what is wrong as run would, and what only --allow permits", function()
    support.write(dir .. "/w/a.clnrm.toml", '[meta]\nname = "a"\n[hooks]\nbefore_all = '
      .. '{ command = ["true"], on = "host" }\n[[steps]]\nname = "s"\ncommand = ["true"]\n')
    support.write(dir .. "/w/b.clnrm.toml", '[meta]\nname = "b"\n[[steps]]\nname = "s"\n'
      .. 'comand = ["true"]\n')
    support.write(dir .. "/w/c.clnrm.toml", support.HELLO)
    local got = clnrm({ "-C", "../w", "dry-run" })
    assert.equal(2, got.code)
    assert.matches("error%[P129%][^\n]*the hook", got.err)
    assert.matches("did you mean [^\n]*command", got.err)
    assert.matches("\n  1 hello", "\n" .. got.out:match("c%.clnrm%.toml\n.*"))
    local document = json.decode(clnrm({ "-C", "../w", "dry-run", "--json" }).out)
    assert.is_false(document.valid)
    assert.equal("P129", document.diagnostics[1].code)
    got = clnrm({ "-C", "../w", "dry-run", "--allow", "host-hooks", "a.clnrm.toml" })
    assert.equal(0, got.code)
    support.write(dir .. "/w/d.clnrm.toml", '[meta]\nname = "d"\nowner = "me"\n[[steps]]\n'
      .. 'name = "s"\ncommand = ["true"]\n')
    assert.equal(2, clnrm({ "-C", "../w", "dry-run", "d.clnrm.toml" }).code) -- run only warns
    assert.equal(0, clnrm({ "-C", "../w", "run", "d.clnrm.toml" }).code)
    assert.equal(2, clnrm({ "dry-run", "nowhere" }).code)
    support.write(dir .. "/e/clnrm.toml", "")
    assert.equal(4, clnrm({ "-C", "../e", "dry-run" }).code)
  end)

  it("cuts commands to the screen, and none with -v; shows the sum alone with -q", function()
    support.write(dir .. "/l/a.clnrm.toml", '[meta]\nname = "a"\n[[steps]]\nname = "s"\n'
      .. 'command = ["echo", "' .. ("x"):rep(300) .. '"]\n')
    assert.is_nil(clnrm({ "-C", "../l", "dry-run" }).out:find(("x"):rep(200)))
    assert.matches(("x"):rep(300), clnrm({ "-C", "../l", "dry-run", "-v" }).out)
    assert.matches("^Plan: 1 scenario in 1 file, 1 step, 1 room, ",
      clnrm({ "-C", "../l", "dry-run", "-q" }).out)
    for line in clnrm({ "dry-run" }, { COLUMNS = "40" }).out:gmatch("[^\n]+") do
      assert.is_true(require("core.text").width(line) <= 40, line)
    end
  end)

  it("is list's plan, too", function()
    local got = clnrm({ "list", "--json" })
    assert.same({ 0, "" }, { got.code, got.err })
    check_golden("list.json", json.encode(assert(json.decode(got.out)), { indent = 2 }) .. "\n")
    assert.matches("\nengine%.clnrm%.toml:5 › only in Podman  %(skipped: it requires podman:",
      "\n" .. clnrm({ "list" }).out)
  end)

  it("says to editors where scenarios end, and whether all files were read", function()
    support.write(dir .. "/l/a.clnrm.toml", [==[
meta.name = "a"
[[scenario]]
name = "one"
[[scenario.steps]]
name = "s"
command = """
true
"""

# about the next
[[scenario]]
name = "two {{ svc }}"
run = ["true"]
artifacts.collect = ["files:x"]
[services.x]
command = ["true"]
]==])
    support.write(dir .. "/l/b.clnrm.toml", 'meta.name = "b"\n\n[[steps]]\nname = "s"\n'
      .. 'command = ["true"]\n[[steps]]\nname = "t"\ncommand = ["true"]\n[hooks]\n')
    local function listed()
      local got = assert(json.decode(clnrm({ "-C", "../l", "list", "--json" }).out))
      local lines = {}
      for i, one in ipairs(got.scenarios) do
        lines[i] = ("%s %d-%d"):format(one.name, one.line, one.end_line)
      end
      return got.valid, lines
    end
    assert.same({ true, { "one 2-8", "two clnrm 11-14", "b 3-8" } }, { listed() })
    support.write(dir .. "/l/a.clnrm.toml", [==[
meta.name = "a"
scenario = [
  { name = "one", run = [
    "true",
  ] },
  { name = "two", run = "true" }, # the last
]
[services.x]
command = ["true"]
]==])
    support.write(dir .. "/l/b.clnrm.toml", 'meta.name = "b"\nsteps = [\n  { name = "s",\n'
      .. '    command = ["true"] },\n  { name = "t", command = ["true"] },\n]\n[hooks]\n')
    assert.same({ true, { "one 3-5", "two 6-6", "b 3-5" } }, { listed() })
    support.write(dir .. "/l/c.clnrm.toml", "x =")
    assert.is_false((listed()))
  end)
end)
