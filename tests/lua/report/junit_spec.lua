local recorded = dofile("tests/lua/report/recorded.lua")
local sample = dofile("tests/lua/report/sample_run.lua")
local text = require("core.text")

local function count(s, pattern)
  return select(2, s:gsub(pattern, ""))
end

describe("engine.report.junit", function()
  local got = sample.render("junit", {})

  it("has one suite for each file and one case for each scenario and broken file", function()
    assert.equal(4, count(got, "<testsuite "))
    assert.equal(8, count(got, "<testcase "))
    assert.matches('<testsuites name="clnrm" tests="8" failures="2" errors="2" time="31.377">', got)
    assert.matches('name="(tests/db.clnrm.toml)" file="%1" tests="4" failures="2"', got)
  end)

  it("tells failures from errors and skips", function()
    assert.equal(2, count(got, "<failure "))
    assert.equal(2, count(got, "<error "))
    assert.matches('<skipped message="requires docker"/>', got)
    assert.matches('type="timeout" message="killed after 30 s', got)
  end)

  it("holds the output of what failed only", function()
    assert.matches("<system%-out>step migrate %(%d+ bytes%)\nApplied 4 migrations", got)
    assert.is_nil(got:find("hello", 1, true))
    assert.matches("service db %(its last 17 bytes%)\nlistening on 5432", got)
  end)

  it("keeps hostile names and outputs inert", function()
    assert.is_nil(text.bad_utf8(got))
    assert.is_nil(got:find("[\0-\8\11\12\14-\31]"))
    assert.is_nil(got:find("<b>", 1, true))
    assert.is_nil(got:find("]]>", 1, true))
    assert.is_nil(got:find("\n%s*::"))
    assert.is_nil(got:find("\n%s*##%["))
    local allowed = {
      testsuites = true, testsuite = true, properties = true, property = true, testcase = true,
      failure = true, error = true, skipped = true, ["system-out"] = true, ["system-err"] = true,
    }
    for name in got:gmatch("<([%a][%w-]*)") do
      assert.is_true(allowed[name], name)
    end
  end)

  it("leaves out the middle of long outputs", function()
    local events = sample.events()
    for _, e in ipairs(events) do
      if e.event == "output" and e.text:match("^Applied") then
        e.text, e.bytes = "HEAD" .. ("x"):rep(100000) .. "TAIL", 100008
      end
    end
    local long = sample.render("junit", {}, events)
    assert.is_true(#long < #got + 40000)
    assert.matches("HEADx", long)
    assert.matches("%[%.%.%. left out %.%.%.%]", long)
    assert.matches("xTAIL", long)
  end)

  it("writes a document also for a run without tests", function()
    local empty = sample.render("junit", {}, {})
    assert.matches("<testsuites name=\"clnrm\" tests=\"0\".-</testsuites>\n$", empty)
  end)

  it("tells the attempts of flaky and of failed tests apart", function()
    local run = recorded.render("junit", {})
    local flaky = run:match('<testcase name="migrates" classname="tests/matrix.-</testcase>')
    assert.matches('<flakyFailure type="fail" message="step &quot;up&quot;: exit code 1', flaky)
    assert.matches("<stackTrace>error%[T001%]", flaky)
    assert.is_nil(flaky:find("<failure", 1, true))
    local failed = run:match('<testcase name="migrates #2".-</testcase>')
    assert.matches('<failure type="fail" message="second">', failed)
    assert.matches('<rerunError type="error" message="first ', failed)
    local step = run:match('<testcase name="retries a step".-</testcase>')
    assert.matches('<flakyFailure type="fail" message="step poll: attempt 1 of 3 was not good"/>',
      step)
  end)

  it("skips what is quarantined, and says what it did", function()
    local run = recorded.render("junit", {})
    assert.matches('<testcase name="is quarantined"[^>]*>\n      '
      .. '<skipped type="quarantined" message="quarantined; fail: as ever"/>', run)
  end)

  it("names the cell in suite and class, and what a test left behind", function()
    local run = recorded.render("junit", {})
    assert.matches('<testsuite name="tests/matrix.clnrm.toml%[db=pg,n=1%]" '
      .. 'file="tests/matrix.clnrm.toml" tests="1"', run)
    assert.matches("marks: leak\nleak: process sleep .-leak: port 8080\n", run)
    assert.matches("%[%[ATTACHMENT|.clnrm/artifacts/trace.txt%]%]\n"
      .. "%[%[ATTACHMENT|.clnrm/artifacts/x%]%]", run)
    assert.matches('snapshot out [^\n]*', run)
    assert.matches('<property name="clnrm.isolation" value="fs=allow%-list net=none"/>', run)
    assert.matches('<property name="clnrm.seed" value="42"/>', run)
  end)

  it("does not depend on the order in which tests ended", function()
    local events, late = recorded.events(), nil
    for i, e in ipairs(events) do
      if e.event == "scenario_end" and e.name == "is a # TODO" then
        late = table.remove(events, i)
        break
      end
    end
    for i, e in ipairs(events) do
      if e.event == "scenario_begin" and e.name == "is a # TODO" then
        table.insert(events, 2, table.remove(events, i))
        break
      end
    end
    table.insert(events, 3, late)
    assert.equal(recorded.render("junit", {}), recorded.render("junit", {}, events))
  end)

  it("is valid by the schema of Jenkins", function()
    local corpora = os.getenv("CLNRM_CORPORA") or "../shared/corpora"
    local xsd = corpora .. "/junit-xsd/jenkins/src/main/resources/org/jenkinsci/plugins/xunit/types"
      .. "/model/xsd/junit-10.xsd"
    local f = io.open(xsd)
    if not f then
      pending("no " .. xsd)
      return
    end
    f:close()
    local path = os.tmpname()
    finally(function()
      os.remove(path)
    end)
    for _, document in ipairs({
      got, sample.render("junit", {}, {}), recorded.render("junit", {}),
    }) do
      local out = assert(io.open(path, "wb"))
      out:write(document)
      out:close()
      local command = ("xmllint --noout --nonet --schema '%s' %s 2>&1"):format(xsd, path)
      local pipe = assert(io.popen(command))
      local said = pipe:read("a")
      assert.is_true(pipe:close(), said)
    end
  end)
end)
