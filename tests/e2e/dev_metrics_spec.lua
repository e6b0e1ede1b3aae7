--- The metrics of the developer loop, as Prometheus itself gets them, and the dashboard of them.
local http = require("core.http")
local httpd = require("core.httpd")
local json = require("core.json")
local loops = dofile("tests/tools/loop.lua")
local proc = require("core.proc")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local DEADLINE_MS, POLL_MS = 90000, 100
local ROOT = assert(os.getenv("CLNRM_ROOT"))

local TWO = [==[
[meta]
name = "two"
[vars]
name = "good"
[[scenario]]
name = "{{ name }}"
[[scenario.steps]]
name = "s"
command = ["true"]
[[scenario]]
name = "bad"
[[scenario.steps]]
name = "s"
command = ["%s"]
]==]

--- Asks, and returns status and body; nil when nobody is there.
local function get(port, target)
  local client <close> = assert(http.client({ base = "http://127.0.0.1:" .. port }))
  local call <close> = client:ask({ target = target, timeout_ms = DEADLINE_MS })
  if not call then
    return nil
  end
  local parts = {}
  repeat
    parts[#parts + 1] = assert(call:read())
  until parts[#parts] == ""
  return call:head(), table.concat(parts)
end

local function quoted(text)
  return (text:gsub("[^%w]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

describe("the metrics of the developer loop", function()
  local dir, loop, port, prometheus, own

  --- What Prometheus answers to a query: a list of series.
  local function query(expression)
    local status, body = get(own, "/api/v1/query?query=" .. quoted(expression))
    local answer = body and json.decode(body)
    assert.equal(200, status, expression .. ": " .. tostring(body))
    return answer.data.result
  end

  --- The value of the one series of a query.
  local function value(expression)
    local result = query(expression)
    return result[1] and tonumber(result[1].value[2])
  end

  setup(function()
    dir = support.tempdir()
    support.write(dir .. "/two.clnrm.toml", TWO:format("false"))
    loop = loops.start(dir, "--ui")
    port = loop:await("serving").url:match(":(%d+)/")
    loop:cycle()
    local yaml = support.read(ROOT .. "/docs/metrics.md"):match("```yaml\n(.-)```")
    yaml = yaml:gsub("127%.0%.0%.1:7000", "127.0.0.1:" .. port):gsub("5s", "200ms")
    support.write(dir .. "-home/prometheus.yml", yaml)
    local free <close> = assert(httpd.open())
    own = free:port()
    free:close()
    prometheus = assert(proc.spawn({ argv = { "prometheus",
      "--config.file=" .. dir .. "-home/prometheus.yml",
      "--storage.tsdb.path=" .. dir .. "-home/tsdb", "--web.listen-address=127.0.0.1:" .. own } }))
    for _ = 1, DEADLINE_MS / POLL_MS do
      local status, body = get(own, "/api/v1/query?query=up%7Bjob%3D%22clnrm%22%7D")
      if status == 200 and body:find('"1"', 1, true) then
        break
      end
      task.sleep(POLL_MS)
    end
    for _, command in ipairs({ "true", "false", "true" }) do
      loop:save("two.clnrm.toml", TWO:format(command))
      loop:cycle()
    end
    for _ = 1, DEADLINE_MS / POLL_MS do -- and twice more: rates need two samples that differ
      if value("clnrm_dev_reload_seconds_count") == 3 then
        return
      end
      task.sleep(POLL_MS)
    end
    error("Prometheus never had them: " .. prometheus:stderr())
  end)

  teardown(function()
    if prometheus then
      prometheus:close()
    end
    loops.remove(dir, loop)
  end)

  it("are scraped with the settings of the docs, and have what happened", function()
    assert.equal(2, value('clnrm_dev_tests{verdict="pass"}'))
    assert.equal(0, value('clnrm_dev_tests{verdict="fail"}'))
    assert.equal(2, value('clnrm_dev_test_runs_total{verdict="fail"}'))
    assert.equal(6, value('clnrm_dev_test_runs_total{verdict="pass"}'))
    assert.equal(4, value('clnrm_dev_runs_total{end="done"}'))
    assert.equal(1, value("clnrm_dev_test_files"))
    assert.equal(0.3, value("clnrm_dev_reload_budget_seconds"))
    assert.equal(3, value('clnrm_dev_reload_stage_seconds_count{stage="parse"}'))
  end)

  it("have stages that add up to the whole", function()
    local whole = value("clnrm_dev_reload_seconds_sum")
    assert.is_near(whole, value("sum(clnrm_dev_reload_stage_seconds_sum)"), 0.01 * whole)
  end)

  it("pass Prometheus' own check", function()
    local status, text = get(port, "/metrics")
    assert.equal(200, status)
    local file = dir .. "-home/metrics"
    support.write(file, text)
    local pipe = assert(io.popen("promtool check metrics <" .. support.quote(file) .. " 2>&1"))
    local said = pipe:read("a")
    assert.is_true(pipe:close(), said)
    assert.equal("", said)
  end)

  it("are all in the docs, and nothing else is", function()
    local docs, told = support.read(ROOT .. "/docs/metrics.md"), {}
    for name in docs:gmatch("`([%l_]+)`") do
      told[name] = name:find("_") and true or nil
    end
    local _, text = get(port, "/metrics")
    for name in text:gmatch("# TYPE (%S+)") do
      assert.is_true(told[name], name .. " is not told")
      told[name] = nil
    end
    assert.is_nil((next(told)))
  end)

  it("fill every panel of the dashboard", function()
    local board = assert(json.decode(support.read(ROOT .. "/docs/grafana/clnrm-dev.json")))
    local count = 0
    for _, panel in ipairs(board.panels) do
      for _, target in ipairs(panel.targets) do
        local expression = target.expr:gsub("%[%$__%w+%]", "[5m]"):gsub("%[%$__rate_interval%]",
          "[5m]"):gsub("%$instance", ".*")
        assert.is_nil(expression:find("$", 1, true), expression)
        assert.is_true(#query(expression) > 0, panel.title .. ": " .. expression)
        count = count + 1
      end
    end
    assert.is_true(count > 20)
  end)
end)
