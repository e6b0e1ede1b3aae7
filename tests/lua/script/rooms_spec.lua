--- Rooms of Lua tests, on a backend of scripted rooms: what a real room cannot be made to do.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local fake = require("run.fake")
local plan = require("engine.plan")
local suites = require("engine.script.suite")

--- Runs a file of tests; returns scenario_end and file_error events, by name.
local function run(body, script, opts)
  local text = 'local clnrm = require("clnrm"); local expect = clnrm.expect\n' .. body
  local suite, problems = suites.parse(text, "/project/x.clnrm.lua", {
    file = "x.clnrm.lua",
    project_dir = "/project",
    run_modules = true,
  })
  assert(suite, problems[1] and problems[1].message)
  local summary, events, stats = fake.run(assert(plan.make({ suite })), script, opts)
  local ended = {}
  for _, event in ipairs(events) do
    if event.event == "scenario_end" then
      ended[event.name] = event
    elseif event.event == "file_error" then
      ended[event.file] = event
    end
  end
  return ended, summary, stats
end

describe("a Lua test", function()
  it("whose room cannot be made is infra, also when it catches that", function()
    local ended = run([[
clnrm.test("plain", function(t) expect(1):equals(1); t.room:exec("x") end)
clnrm.test("caught", function(t) expect(1):equals(1); pcall(function() return t.room end) end)]], {
      open = function()
        return fake.error("EROOM", "no user namespaces")
      end,
    })
    for _, name in ipairs({ "plain", "caught" }) do
      assert.equal("infra", ended[name].verdict, name)
      assert.equal(1, #ended[name].failures, name)
      assert.equal("V001", ended[name].failures[1].code)
    end
  end)

  it("that lost one of its rooms is infra, whatever became of the others", function()
    for lost = 1, 3 do
      local closed = 0
      local ended = run([[
clnrm.test("rooms", function(t)
  expect(1):equals(1)
  t:open(); t:open(); t:open()
end)]], {
        close = function()
          closed = closed + 1
          if closed == lost then
            return nil, fake.error("EAGENT", "the agent has ended")
          end
          return { killed = 0 }
        end,
      })
      assert.equal("infra", ended.rooms.verdict, lost)
      assert.equal("V002", ended.rooms.failures[1].code)
      assert.equal(3, closed)
    end
  end)

  it("that closed a lost room itself is infra", function()
    local ended = run([[
clnrm.test("closes", function(t)
  expect(1):equals(1)
  t:open():close()
end)]], {
      close = function()
        return nil, fake.error("EAGENT", "the agent has ended")
      end,
    })
    assert.equal("infra", ended.closes.verdict)
  end)

  it("whose command lost the room is infra, once, also when it catches that", function()
    local ended = run([[
clnrm.test("plain", function(t) expect(1):equals(1); t.room:exec("x") end)
clnrm.test("caught", function(t) expect(1):equals(1); pcall(t.room.exec, t.room, "x") end)]], {
      exec = function()
        return nil, fake.error("EAGENT", "the agent has ended")
      end,
    })
    for _, name in ipairs({ "plain", "caught" }) do
      assert.equal("infra", ended[name].verdict, name)
      assert.equal(1, #ended[name].failures, name)
    end
  end)

  it("whose agent broke the protocol is an error", function()
    local ended = run([[
clnrm.test("plain", function(t) expect(1):equals(1); t.room:exec("x") end)]], {
      exec = function()
        return nil, fake.error("EPROTO", "an unknown frame")
      end,
    })
    assert.equal("error", ended.plain.verdict)
    assert.equal("T502", ended.plain.failures[1].code)
  end)

  it("whose output was cut does not pass a check of what is not in it", function()
    local ended = run([[
clnrm.test("no", function(t) expect(t.room:exec("x").stdout).no:contains("needle") end)]], {
      exec = function()
        local cut = { stdout = 97, stderr = 0 }
        return fake.result({ stdout = "hay", stdout_bytes = 100, cut = cut })
      end,
    })
    assert.equal("error", ended.no.verdict)
  end)

  it("that lost the room of its file's fixture makes an error of the file", function()
    local ended, summary = run([[
clnrm.fixture("f", { scope = "file", setup = function(t) return t.room end })
clnrm.test("uses", function(t) expect(t:use("f")):is_type("table") end)]], {
      close = function()
        return nil, fake.error("EAGENT", "the agent has ended")
      end,
    })
    assert.equal("pass", ended.uses.verdict)
    assert.is_table(ended["x.clnrm.lua"])
    assert.equal(2, summary.exit_code)
  end)
end)
