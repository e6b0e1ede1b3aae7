local json = require("core.json")
local plain = require("engine.report.plain")
local recorded = dofile("tests/lua/report/recorded.lua")
local sample = dofile("tests/lua/report/sample_run.lua")

describe("engine.report.json", function()
  local document = assert(json.decode(sample.render("json", { project = { name = "demo" } })))

  it("is one document with its schema, the run and its project", function()
    assert.equal("clnrm.report/1", document.schema)
    assert.equal("7f3a91c2", document.run.run_id)
    assert.equal("demo", document.project.name)
    assert.equal(2, document.exit_code)
    assert.equal(3, document.counts.pass)
    assert.is_nil(document.run.event)
  end)

  it("has a result for each scenario and each broken file", function()
    assert.equal(8, #document.results)
    assert.equal("file", document.results[8].kind)
    assert.equal("P102", document.results[8].diagnostics[1].code)
    local failed = document.results[3]
    assert.equal("fail", failed.verdict)
    assert.equal("T101", failed.failures[1].code)
    assert.equal("applied (\\d+) migrations", failed.failures[1].expected)
    assert.equal(0, failed.steps[1].exit_code)
  end)

  it("keeps lists lists, also empty ones", function()
    local passed = document.results[1]
    assert.is_true(json.is_array(passed.marks))
    assert.is_true(json.is_array(passed.failures))
    assert.is_true(json.is_array(passed.steps[1].checks))
    assert.same({ "fast" }, { passed.tags[1] })
  end)

  it("tells exact bytes where they are not UTF-8", function()
    local output = document.results[3].steps[1].stdout
    assert.matches("^Applied 4 migrations", output.text)
    assert.equal(plain.base64("Applied 4 migrations.\n" .. sample.HOSTILE .. "\n"), output.base64)
    assert.is_nil(document.results[1].steps[1].stdout)
  end)

  it("is a document also when nothing ran", function()
    local empty = assert(json.decode(sample.render("json", {}, {})))
    assert.equal(0, #empty.results)
  end)
end)

describe("what may be new of a result", function()
  local document = assert(json.decode(recorded.render("json", {})))

  local function result_of(name)
    for _, result in ipairs(document.results) do
      if result.name == name then
        return result
      end
    end
  end

  it("is told of cells, repetitions and attempts", function()
    local flaky = result_of("migrates")
    assert.same({ "db=pg,n=1", 2, "flaky" }, { flaky.cell, flaky.worker, flaky.verdict })
    assert.equal(2, #flaky.attempts)
    local first = flaky.attempts[1]
    assert.same({ 1, "fail", "T001" }, {
      first.attempt, first.verdict, first.failures[1].code,
    })
    assert.equal("refused\n", first.steps[1].stderr.text)
    assert.equal(0, flaky.steps[1].exit_code)
    assert.is_nil(flaky.attempts[2].steps)
    assert.is_nil(result_of("prints version").attempts)
    local steps = result_of("retries a step").steps
    assert.same({ 1, 3, true, 2 }, {
      steps[1].attempt, steps[1].of, steps[1].will_retry, steps[2].attempt,
    })
  end)

  it("is told of leaks, snapshots, artifacts and marks", function()
    local result = result_of("calls out")
    assert.equal("policy", result.verdict)
    assert.same({ "process", "port", "file" }, {
      result.leaks[1].kind, result.leaks[2].kind, result.leaks[3].kind,
    })
    assert.equal("differs", result.snapshots[1].status)
    assert.equal(3, result.artifacts[1].bytes)
    assert.same({ "quarantined" }, { table.unpack(result_of("is quarantined").marks) })
    assert.same({ net = "none", fs = "allow-list" }, result.isolation)
  end)

  it("is told of the run", function()
    assert.same({ 42, "random", "1/4", "ci", 2 }, {
      document.run.seed, document.run.order, document.run.shard, document.run.profile,
      document.run.repetitions,
    })
    assert.same({ 1, 2, 20480 }, {
      document.outstanding, document.workers.peak, document.memory.rss_kb,
    })
  end)
end)

describe("a service in the report", function()
  local function services_of(events)
    for _, result in ipairs(assert(json.decode(sample.render("json", {}, events))).results) do
      if result.name == "rolls back" then
        return result.services, result
      end
    end
  end

  it("has when it came up, how it ended and what it printed", function()
    local services = services_of()
    assert.equal(2, #services)
    local db = services[1]
    assert.equal("db", db.name)
    assert.equal(12.25, db.ready_ms)
    assert.equal(3, db.probes)
    assert.equal(0, db.exit_code)
    assert.is_true(db.asked)
    assert.same({ "listening on 5432" }, db.log.lines)
    assert.is_nil(db.failure)
    assert.equal("T603", services[2].failure.code)
    assert.equal(11, services[2].signal)
    assert.is_false(services[2].asked)
  end)

  it("tells no log where the scenario passed", function()
    local events = sample.events()
    for _, event in ipairs(events) do
      if event.event == "scenario_end" and event.name == "rolls back" then
        event.verdict, event.failures = "pass", {}
      end
    end
    local services = services_of(events)
    assert.is_nil(services[1].log)
    assert.equal(12.25, services[1].ready_ms)
  end)

  it("is an empty list where there is none", function()
    assert.matches('"services":%[%]', sample.render("json", {}))
    assert.matches('"log":%[%]', sample.render("events", {}))
  end)
end)

describe("engine.report.events", function()
  it("writes each event as a line, in order", function()
    local events, i = sample.events(), 0
    for line in sample.render("events", {}):gmatch("[^\n]+") do
      i = i + 1
      local got = assert(json.decode(line))
      assert.equal(events[i].event, got.event)
      if events[i].event == "output" then
        assert.equal(events[i].bytes, got.bytes)
        local exact = got.base64 or plain.base64(got.text)
        assert.equal(plain.base64(events[i].text), exact)
      end
    end
    assert.equal(#events, i)
  end)

  it("names its schema in the first line", function()
    local first = sample.render("events", {}):match("^[^\n]+")
    assert.equal("clnrm.events/1", json.decode(first).schema)
  end)
end)

describe("engine.report.plain", function()
  it("encodes base64", function()
    local known = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", ["\0\255"] = "AP8=" }
    for bytes, text in pairs(known) do
      assert.equal(text, plain.base64(bytes))
    end
  end)

  it("makes anything encodable", function()
    local cyclic = {}
    cyclic.self = cyclic
    local value = plain.value({
      nan = 0 / 0, inf = 1 / 0, f = print, mixed = { 1, x = 2 }, sparse = { [3] = true },
      c = cyclic,
    })
    assert.is_string(plain.line(value))
    assert.equal("true", tostring(value.sparse["3"]))
  end)
end)
