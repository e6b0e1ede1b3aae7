--- Rooms that are made again because they show what is not there any more.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/lua/?.lua"
local fake = require("run.fake")

--- Runs one scenario whose first room shows what was replaced as soon as `looks` looks at it were
--- answered; what is made next cannot be made.
local function run(pools, looks)
  local seen = { made = 0, looks = 0, used_closed = false }
  local ended, events = fake.one({ "true" }, {
    pools = pools,
    files = { ["/"] = { kind = "directory" } },
    open = function()
      seen.made = seen.made + 1
      return seen.made > 1 and fake.error("EROOM", "no room " .. seen.made) or nil
    end,
    is_moved = function(room)
      seen.looks = seen.looks + 1
      return not room.closed and seen.looks > looks
    end,
    exec = function(_, room)
      seen.used_closed = seen.used_closed or room.closed
      return fake.result()
    end,
  })
  seen.ended, seen.events = ended, events
  return seen
end

describe("a scenario whose room is to be made again, and cannot be,", function()
  for name, pools in pairs({ ["of a pool"] = "all", ["without a pool"] = false }) do
    for when, looks in pairs({ ["as it is taken"] = 0, ["as its steps are to begin"] = 1 }) do
      it(("is infra, %s, %s: no step of it is run"):format(name, when), function()
        local seen = run(pools or nil, looks)
        local failure = seen.ended.failures[1] or {}
        assert.same({ "infra", "V001", 2, false }, { seen.ended.verdict, failure.code, seen.made,
          seen.used_closed }, failure.message)
        assert.matches("no room 2", failure.message, 1, true)
        for _, event in ipairs(seen.events) do
          assert.is_not.equal("step_begin", event.event)
          assert.is_not.equal("room_begin", event.event)
        end
      end)
    end
  end
end)
