--- What a run shares among its workers, and how it ends: with retries, repetitions, locks, -j auto.
local json = require("core.json")
local support = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/e2e/support.lua")

--- A helper that files share: one fixture of scope "run", which counts on the host's side.
local HELPER = [==[
local clnrm = require("clnrm")
return function(body)
  clnrm.fixture("server", {
    scope = "run",
    setup = function(t)
      t:log("set up")
      local room = t:open()
      room:exec("echo 0 > /room/count; sleep 0.2", { check = true })
      %s
      return room
    end,
    teardown = function(room, t)
      t:log("taken down: " .. room:get("/room/count"))
    end,
  })
  body(clnrm)
end
]==]

local FILE = [==[
require("helper")(function(clnrm)
  for i = 1, 5 do
    clnrm.test("uses it " .. i, function(t)
      local room = t:use("server")
      clnrm.expect(room:exec("echo x >> /room/users; wc -l < /room/users").ok):is_true()
    end)
  end
end)
]==]

describe("a fixture of the run", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    for i = 1, 6 do
      support.write(("%s/t%d.clnrm.lua"):format(dir, i), FILE)
    end
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Runs; returns how often it was set up and taken down, and the run_end event.
  local function run(setup, ...)
    support.write(dir .. "/helper.lua", HELPER:format(setup))
    local got = support.run({ "run", "-f", "events", ... }, { cwd = dir })
    local up, down, ended, attempts = 0, 0, nil, 0
    for line in got.out:gmatch("[^\n]+") do
      local e = assert(json.decode(line))
      up = up + (e.event == "log" and e.text == "set up" and 1 or 0)
      down = down + (e.event == "log" and e.text:find("^taken down") and 1 or 0)
      attempts = attempts + (e.event == "attempt_end" and 1 or 0)
      ended = e.event == "run_end" and e or ended
    end
    return { up = up, down = down, attempts = attempts, counts = ended.counts, code = got.code }
  end

  it("is set up once and taken down once, with eight workers and six files", function()
    local got = run("", "-j8")
    assert.same({ 1, 1, 30, 0 }, { got.up, got.down, got.counts.pass, got.code })
  end)

  it("is the same in all repetitions", function()
    local got = run("", "-j8", "--repeat", "3")
    assert.same({ 1, 1, 90, 0 }, { got.up, got.down, got.counts.pass, got.code })
  end)

  it("that cannot be set up is tried once, and is an error of each test that uses it", function()
    local got = run('error("no server")', "-j8", "--retries", "2")
    assert.same({ 1, 0, 30, 0, 2 },
      { got.up, got.down, got.counts.error, got.attempts, got.code })
  end)

  it("is taken down when tests fail in all their attempts, and when the run ends early", function()
    for i = 1, 6 do
      support.write(("%s/t%d.clnrm.lua"):format(dir, i), (FILE:gsub("is_true", "is_nil")))
    end
    local got = run("", "-j8", "--retries", "1")
    assert.same({ 1, 1, 30, 30, 1 },
      { got.up, got.down, got.counts.fail, got.attempts, got.code })
    got = run("", "-j8", "-x")
    assert.same({ 1, 1, 1 }, { got.up, got.down, got.code })
  end)
end)

describe("SIGINT", function()
  for name, flags in pairs({
    ["retries"] = "--retries 5", ["repetitions"] = "--repeat until-fail", ["-j auto"] = "-j auto",
    ["a random order"] = "--order random",
  }) do
    it("ends a run with " .. name .. ", and leaves nothing", function()
      local dir = support.tempdir()
      support.write(dir .. "/clnrm.toml", "")
      local lines = { '[meta]\nname = "a"\nlocks = ["db"]' }
      for i = 1, 6 do
        lines[#lines + 1] = '[[scenario]]\nrun = "sleep 47.5; false"\nname = "s' .. i .. '"'
      end
      support.write(dir .. "/a.clnrm.toml", table.concat(lines, "\n") .. "\n")
      local got = support.sh(([==[
        "$CLNRM" run --no-record -f events %s > out &
        pid=$!
        until grep -q step_begin out; do sleep 0.05; done
        kill -INT $pid
        wait $pid
        echo "code $?"
      ]==]):format(flags), { cwd = dir })
      local out = support.read(dir .. "/out")
      support.remove(dir)
      assert.matches("code 130", got.out)
      assert.matches('"event":"run_end","exit_code":130', out)
      assert.matches('"interrupted":"SIGINT"', out)
      assert.matches('"code":"V003"', out)
      assert.is_nil(out:find('"attempt_begin"', 1, true))
    end)
  end
end)
