--- What is masked in the events of a run, and for whom.
local secrets = require("engine.run.secrets")

local ONE = { id = "a › one", file = "a" }
local TWO = { id = "b › two", file = "b" }

local function with(value, scenario, scope)
  local known = secrets.new({ ONE, TWO })
  known:add({ { secrets = { value } } }, scenario or ONE, scope)
  return known
end

describe("the secrets of a run", function()
  it("cost nothing when there are none: the event itself is told", function()
    local event = { event = "log", id = ONE.id, text = "hunter2secret" }
    assert.equal(event, secrets.new({ ONE }):clean(event))
  end)

  it("are masked at any depth of a copy; the event stays as it is", function()
    local event = { event = "step_end", id = ONE.id, verdict = "fail",
      checks = { { actual = "x hunter2secret y", ok = false } } }
    local told = with("hunter2secret"):clean(event)
    assert.equal("x *** y", told.checks[1].actual)
    assert.equal("x hunter2secret y", event.checks[1].actual)
    assert.equal(false, told.checks[1].ok)
  end)

  it("leave lists what they are, also empty ones", function()
    local json = require("core.json")
    local told = with("hunter2secret"):clean({ event = "scenario_begin", id = ONE.id,
      tags = json.array(), marks = json.array({ "slow" }) })
    assert.matches('"tags":%[%]', json.encode(told))
    assert.matches('"marks":%["slow"%]', json.encode(told))
  end)

  it("leave alone what says which event it is, whatever the secret", function()
    local event = { event = "step_end", id = ONE.id, verdict = "fail", message = "fail" }
    local told = with("fail"):clean(event)
    assert.equal("fail", told.verdict)
    assert.equal("***", told.message)
  end)

  it("are masked in the key of a check, which may hold what a template put there", function()
    for _, value in ipairs({ "hunter2secret", "swan" }) do
      local told = with(value):clean({ event = "step_end", id = ONE.id, checks = {
        { key = ('expect.file."/tmp/%s".exists'):format(value), matcher = "exists" } } })
      assert.equal('expect.file."/tmp/***".exists', told.checks[1].key)
    end
  end)

  it("are those of the scenario, of its file, or of all", function()
    local function told(scope, id, file)
      return with("hunter2secret", ONE, scope):clean({ event = "log", id = id, file = file,
        text = "hunter2secret" }).text
    end
    assert.equal("***", told("test", ONE.id))
    assert.equal("***", told("test", ONE.id, "helper.lua"))
    assert.equal("hunter2secret", told("test", "a › other", "a"))
    assert.equal("***", told("file", "a › other", "a"))
    assert.equal("hunter2secret", told("file", TWO.id))
    assert.equal("***", told("run", TWO.id))
  end)

  it("are masked where a message was cut, and where it quotes them", function()
    local mask = with('hunter2"secret'):mask(ONE.id)
    assert.equal('"said ***…"', mask:text('"said hunter2…"'))
    assert.equal("…*** said", mask:text("…secret said"))
    assert.equal([["***"]], mask:text([["hunter2\"secret"]]))
  end)

  it("are masked at both sides of the gap of an output", function()
    local mask = with("hunter2secret"):mask(ONE.id)
    local shown = mask:output({ text = "said huntsecret end", cut = 100, seam = 9, bytes = 119 })
    assert.equal("said ****** end", shown.text)
    assert.equal(8, shown.seam)
  end)

  it("are masked in the status of what runs", function()
    local told = with("hunter2secret"):clean({ event = "status", running = {
      { id = ONE.id, step = "hunter2secret" },
      { id = TWO.id, step = "hunter2secret" },
    } })
    assert.equal("***", told.running[1].step)
    assert.equal("hunter2secret", told.running[2].step)
  end)
end)
