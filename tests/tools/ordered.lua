--- A developer loop that tests give orders to, as keys and buttons do: an override of the loop in
--- the project runs each chunk that is put beside it.
local loops = dofile("tests/tools/loop.lua")
local support = dofile("tests/e2e/support.lua")

local M = {}

local DRIVER = [==[
local fs, task = require("core.fs"), require("core.task")
local loop = require("builtin.engine.dev.loop")
local ORDER = os.getenv("ORDER")
require("engine.override")(loop, "run", function(base, cx, o)
  table.insert(o.views, function(running)
    task.spawn(function()
      while true do
        task.sleep(5)
        local text = fs.read(ORDER)
        if text then
          os.remove(ORDER)
          assert(load(text, "=order", "t", setmetatable({ loop = running }, { __index = _G })))()
        end
      end
    end)
    return function() end
  end)
  return base(cx, o)
end)
return loop
]==]

--- Starts a loop as tests/tools/loop.lua does.
---@param dir string
---@param ... string options, paths
---@return tests.Loop loop with `order(chunk)`: gives an order; the chunk has `loop`
function M.start(dir, ...)
  local order = dir .. "-home/order"
  assert(os.execute(("mkdir -p %s %s"):format(support.quote(dir .. "/.clnrm/override/engine/dev"),
    support.quote(dir .. "-home"))))
  support.write(dir .. "/.clnrm/override/engine/dev/loop.lua", DRIVER)
  local loop = loops.start(dir, { ORDER = order }, ...)
  function loop.order(_, chunk)
    support.write(order .. ".tmp", chunk)
    assert(os.rename(order .. ".tmp", order))
  end
  return loop
end

return M
