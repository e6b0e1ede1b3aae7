local dying = require("engine.backend.dying")

--- A line of /proc/PID/stat: state, flags and pending signals as given.
local function stat(state, flags, pending)
  local fields = {}
  for i = 1, 50 do
    fields[i] = "0"
  end
  fields[1], fields[7], fields[29] = state, tostring(flags), tostring(pending)
  return "12 (a) b) " .. table.concat(fields, " ") .. "\n"
end

describe("engine.backend.dying", function()
  it("knows what is gone, exits or was killed, and what lives", function()
    assert.is_true(dying.is_dying(nil))
    assert.is_true(dying.is_dying(stat("Z", 0, 0)))
    assert.is_true(dying.is_dying(stat("R", 4, 0)))
    assert.is_true(dying.is_dying(stat("S", 0, 256)))
    assert.is_false(dying.is_dying(stat("S", 0x400100, 2)))
    assert.is_false(dying.is_dying(stat("T", 0, 0)))
  end)

  it("finds the process by its number in the room, among the children of the agent", function()
    local files = {
      ["/proc/10/task/10/children"] = "11 12 13 ",
      ["/proc/11/status"] = "Name:\tx\nNSpid:\t11\t2\nShdPnd:\t0000000000000000\n",
      ["/proc/11/stat"] = stat("S", 0, 0),
      ["/proc/12/status"] = "Name:\tx\nNSpid:\t900\t12\t3\nShdPnd:\t0000000000000100\n",
      ["/proc/12/stat"] = stat("S", 0, 0),
    }
    local read = dying.read
    finally(function() dying.read = read end)
    dying.read = function(path) return files[path] end
    assert.is_false(dying.look(10, 2))
    assert.is_true(dying.look(10, 3))
    assert.is_true(dying.look(10, 4)) -- none of its children any more
    files["/proc/10/task/10/children"] = nil
    assert.is_false(dying.look(10, 2)) -- not known here
  end)
end)
