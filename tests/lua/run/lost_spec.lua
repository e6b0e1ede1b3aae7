--- What is told of a room that is lost in a step.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local core = require("core.task")
local fake = require("run.fake")

describe("a run", function()
  it("gives verdict infra when the room is lost in a step, and runs no more in it", function()
    local ended, events = fake.one({ { argv = { "x" }, continue_on_failure = true }, "y" }, {
      exec = function()
        return nil, fake.error("EAGENT", "the agent has ended")
      end,
    })
    assert.equal("infra", ended.verdict)
    local begun = 0
    for _, e in ipairs(events) do
      begun = begun + (e.event == "step_begin" and 1 or 0)
    end
    assert.equal(1, begun)
  end)

  it("tells once that the room was lost, and how long the step ran until then", function()
    local function lost()
      return nil, fake.error("EAGENT", "the agent has ended")
    end
    local ended, events = fake.one({ "x" }, {
      exec = function()
        core.sleep(3)
        return lost()
      end,
      close = lost,
    })
    assert.equal("infra", ended.verdict)
    assert.equal(1, #ended.failures)
    assert.matches("^step .*the room was lost", ended.failures[1].message)
    for _, e in ipairs(events) do
      assert.is_true(e.event ~= "step_end" or e.duration_ms > 0)
    end
  end)
end)
