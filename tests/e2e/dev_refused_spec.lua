--- Runs of the developer loop that are refused: what stands is of before, and that is told.
local dev_screen = dofile("tests/tools/dev_screen.lua")
local http = require("core.http")
local loops = dofile("tests/tools/loop.lua")
local support = dofile("tests/e2e/support.lua")

local named = loops.named

describe("a run of the loop that is refused", function()
  local dir, loop

  before_each(function()
    dir = loops.project({ ["a.clnrm.toml"] = named("a", "true"), ["v.toml"] = "k = 1\n" })
  end)

  after_each(function()
    loop = loops.remove(dir, loop)
  end)

  local function start(...)
    loop = loops.start(dir, ...)
    local began = loop:await("reload_begin")
    loop:await("reload_end")
    return began
  end

  --- Breaks --vars, and returns how the cycle of that ends.
  local function breaks_vars()
    loop:save("v.toml", "k=\n")
    return select(2, loop:cycle())
  end

  it("is told by its code, with what is wrong, and is no reload of the metrics", function()
    start("--vars", "v.toml")
    local ended = breaks_vars()
    assert.equal(2, ended.exit_code)
    assert.matches("nothing was run", ended.refused.message)
    assert.matches("v.toml:1:", ended.refused.help, 1, true)
    assert.equal(0, ended.metrics.reloads)
    assert.equal(2, loop:stop())
  end)

  it("leaves nothing of it when what is wrong is right again", function()
    start("--vars", "v.toml")
    breaks_vars()
    loop:save("v.toml", "k = 2\n")
    local _, ended = loop:cycle()
    assert.is_nil(ended.refused)
    assert.equal(1, ended.metrics.reloads)
    assert.equal(0, loop:stop())
  end)

  it("is of --env-file as well", function()
    support.write(dir .. "/env", "A=1\n")
    start("--env-file", "env")
    loop:save("env", "no line of it\n")
    local _, ended = loop:cycle()
    assert.matches("env:1", ended.refused.help)
    assert.equal(2, loop:stop())
  end)

  it("is made up for by the next save, whatever that touches", function()
    support.write(dir .. "/b.clnrm.toml", '[room]\nproject = "none"\n' .. named("b", "true"))
    support.write(dir .. "/out/.keep", "")
    start("--report", "junit=out/j.xml")
    assert(os.execute(("rm -r %s && touch %s"):format(dir .. "/out", dir .. "/out")))
    loop:save("a.clnrm.toml", named("a", "false"))
    local ended
    repeat
      ended = loop:await("reload_end")
    until ended.refused
    assert.matches("^report ", ended.refused.help)
    loop:save("b.clnrm.toml", '[room]\nproject = "none"\n' .. named("b", "true") .. "\n")
    assert(os.execute(("rm %s && mkdir %s"):format(dir .. "/out", dir .. "/out")))
    loop:save("b.clnrm.toml", '[room]\nproject = "none"\n' .. named("b", "true") .. "\n\n")
    loop:await("scenario_end", { name = "a", verdict = "fail" })
    loop:await("reload_end")
    assert.equal(1, loop:stop())
  end)

  it("is named as such when it is made up for", function()
    support.write(dir .. "/out/.keep", "")
    support.write(dir .. "/b.clnrm.toml", '[room]\nproject = "none"\n' .. named("b", "true"))
    start("--report", "junit=out/j.xml")
    assert(os.execute(("rm -r %s && touch %s"):format(dir .. "/out", dir .. "/out")))
    loop:save("a.clnrm.toml", named("a", "false"))
    repeat
      local ended = loop:await("reload_end")
    until ended.refused
    local again
    local b = '[room]\nproject = "none"\n' .. named("b", "true")
    repeat -- a late event of the first save makes another run of its own, which is refused as well
      b = b .. "\n"
      loop:save("b.clnrm.toml", b)
      for _, one in ipairs(loop:await("reload_begin").affected) do
        again = one.kind == "refused" and one or again
      end
    until again
    assert.equal("its run was refused", again.text)
  end)

  it("may be the first: the next save runs all", function()
    support.write(dir .. "/b.clnrm.toml", '[room]\nproject = "none"\n' .. named("b", "true"))
    support.write(dir .. "/out", "")
    loop = loops.start(dir, "--report", "junit=out/j.xml")
    assert.equal(2, select(2, loop:cycle()).exit_code)
    assert(os.remove(dir .. "/out"))
    support.write(dir .. "/out/.keep", "")
    loop:await("scenario_end", { name = "b", verdict = "pass" })
    assert.equal(0, loop:await("reload_end").exit_code)
  end)

  it("is over when the file that was refused is gone", function()
    start()
    loop:save("n.clnrm.toml", '[report]\njunit = "v.toml/x.xml"\n' .. named("n", "true"))
    local ended
    repeat -- of the file that is saved beside, too
      ended = loop:await("reload_end")
    until ended.refused
    assert(os.remove(dir .. "/n.clnrm.toml"))
    loop:await("refusal_over")
    assert.equal(0, loop:stop())
  end)

  it("is over when all tests are gone", function()
    start("--vars", "v.toml")
    breaks_vars()
    assert(os.remove(dir .. "/a.clnrm.toml"))
    loop:await("refusal_over")
    assert.equal(4, loop:stop())
  end)

  it("may be the first by --vars: the next save of these runs all", function()
    support.write(dir .. "/v.toml", "k=\n")
    loop = loops.start(dir, "--vars", "v.toml")
    assert.equal(2, select(2, loop:cycle()).exit_code)
    loop:save("v.toml", "k = 1\n")
    loop:await("scenario_end", { name = "a", verdict = "pass" })
    loop:await("reload_end")
    assert.equal(0, loop:stop())
  end)

  it("may be the first by --vars that are not there yet", function()
    loop = loops.start(dir, "--vars", "w.toml")
    assert.equal(2, select(2, loop:cycle()).exit_code)
    loop:save("w.toml", "k = 1\n")
    loop:await("scenario_end", { name = "a", verdict = "pass" })
    loop:await("reload_end")
    assert.equal(0, loop:stop())
  end)

  it("may be the first by --report: the next save runs all, whatever that is", function()
    support.write(dir .. "/out", "")
    support.write(dir .. "/x.txt", "1")
    loop = loops.start(dir, "--report", "junit=out/j.xml")
    assert.equal(1, loop:await("reload_begin").total)
    loop:await("reload_end")
    loop:write("x.txt", "2")
    assert.equal(1, #loop:await("reload_begin").affected)
  end)

  it("does not speak of before where nothing was before", function()
    support.write(dir .. "/v.toml", "k=\n")
    local got = support.sh([[
"$CLNRM" dev --inline --vars v.toml >log 2>&1 & pid=$!
for _ in $(seq 3000); do grep -q Waiting log && break; sleep 0.02; done
kill -INT $pid; wait $pid; echo "code $?"; cat log]], { cwd = dir })
    assert.matches("^code 2\n", got.out)
    assert.matches("Refused nothing was run yet", got.out, 1, true)
    assert.matches("Waiting 1 file of tests", got.out, 1, true)
    assert.is_nil(got.out:find("of before", 1, true))
  end)

  it("ends what no save can mend without words about waiting", function()
    support.write(dir .. "/v.toml", "k=\n")
    for _, args in ipairs({
      { "dev", "--inline", "nothing.clnrm.toml" },
      { "dev", "--inline", "--strict", "-D", "zzz=1" },
      { "dev", "--inline", "--once", "--vars", "v.toml" },
    }) do
      local got = support.run(args, { cwd = dir, env = { CI = "" } })
      assert.equal(2, got.code)
      assert.matches("Refused nothing was run", got.out, 1, true)
      assert.is_nil(got.out:find("until", 1, true) or got.out:find("first", 1, true))
      assert.is_nil(got.out:find("Waiting", 1, true))
    end
  end)

  it("is told between the reports, and not as a reload", function()
    local got = support.sh([[
"$CLNRM" dev --inline --vars v.toml >log 2>&1 & pid=$!
for _ in $(seq 3000); do grep -q Waiting log && break; sleep 0.02; done
echo 'k=' >v.toml
for _ in $(seq 3000); do [ $(grep -c Waiting log) = 2 ] && break; sleep 0.02; done
kill -INT $pid; wait $pid; echo "code $?"; grep -c Reload log; grep Refused log]], { cwd = dir })
    assert.matches("^code 2\n0\n +Refused nothing was run: .*v.toml:1:", got.out)
  end)

  it("stands on the page until what is wrong is right", function()
    loop = loops.start(dir, "--ui", "--vars", "v.toml")
    local url = loop:await("serving").url
    loop:cycle()
    local function page()
      local base, token = url:match("^(http://[^/]+)(/.*)$")
      local client <close> = assert(http.client({ base = base }))
      local call <close> = assert(client:ask({ target = token, timeout_ms = 60000 }))
      call:head()
      local parts = {}
      repeat
        parts[#parts + 1] = assert(call:read())
      until parts[#parts] == ""
      return table.concat(parts)
    end
    breaks_vars()
    local shown = page()
    assert.matches('class="problem"', shown, 1, true)
    assert.matches("v.toml:1:", shown, 1, true)
    assert.is_nil(shown:find("from the save to the verdict", 1, true))
    loop:save("v.toml", "k = 2\n")
    loop:cycle()
    assert.is_nil(page():find('class="problem"', 1, true))
  end)

  it("stands on the first tab of the full screen, and in what it leaves", function()
    local screen = dev_screen.new()
    finally(function()
      screen:close()
    end)
    screen:tests("t", { "one: true" })
    screen:save("v.toml", "k = 1\n")
    screen:start("--vars v.toml")
    screen:save("v.toml", "k=\n")
    screen:wait("nothing was run")
    screen:wait("v.toml:1:")
    screen:press("q")
    screen:wait("Refused")
    screen:wait("exit=2")
  end)

  it("is over when what is wrong is right, though the screen selects no test", function()
    local screen = dev_screen.new()
    finally(function()
      screen:close()
    end)
    screen:tests("t", { "one: true" })
    screen:save("v.toml", "k = 1\n")
    screen:start("--vars v.toml")
    screen:press("/zzz\r")
    screen:save("v.toml", "k=\n")
    screen:wait("nothing was run")
    screen:save("v.toml", "k = 2\n")
    screen:wait("watching")
    screen:press("q")
    screen:wait("exit=0")
  end)
end)
