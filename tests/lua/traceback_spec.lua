local traceback = require("engine.traceback")

local TRACE = table.concat({
  "my.lua:3: boom",
  "stack traceback:",
  "\t[C]: in function 'error'",
  "\tmy.lua:3: in local 'inner'",
  "\tstdlib/clnrm/task.lua:12: in function 'clnrm.task.run'",
  "\tmy.lua:6: in main chunk",
  "\t[C]: in function 'xpcall'",
  "\tlua/engine/cli/script.lua:40: in field 'run'",
  "\tboot:9: in function <boot:1>",
}, "\n")

describe("engine.traceback", function()
  it("keeps the user's frames and folds the engine's", function()
    assert.equal(table.concat({
      "my.lua:3: boom",
      "stack traceback:",
      "\t[C]: in function 'error'",
      "\tmy.lua:3: in local 'inner'",
      "\tmy.lua:6: in main chunk",
      "\t... 4 frames of the engine (--trace shows them)",
    }, "\n"), traceback.fold(TRACE))
  end)

  it("leaves a text without a traceback alone", function()
    assert.equal("boom", traceback.fold("boom"))
  end)

  it("shows everything when asked", function()
    local head, frames = TRACE:match("^(.-)\n(.*)$")
    assert.equal(TRACE, traceback.join(head, frames, true))
    assert.equal(traceback.fold(TRACE), traceback.join(head, frames))
  end)

  it("prints errors that are not text", function()
    local err = setmetatable({}, {
      __tostring = function()
        return "an error object"
      end,
    })
    assert.equal("an error object", traceback.join(err))
    assert.equal("nil", traceback.join(nil))
  end)
end)
