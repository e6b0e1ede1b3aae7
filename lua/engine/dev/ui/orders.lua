--- What the page may ask of the loop (engine.dev.orders), by the names that its buttons send.
---@class engine.dev.ui.orders
local M = {}

--- Reads what engine.dev.ui.html.query wrote.
local function plain(s)
  return (s:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

local ORDERS = {
  ["all"] = function(loop)
    return loop:rerun("all") > 0
  end,
  ["failed"] = function(loop)
    return loop:rerun("failed") > 0
  end,
  ["again"] = function(loop)
    return loop:rerun("again") > 0
  end,
  ["stop"] = function(loop)
    return loop:stop()
  end,
  ["pause"] = function(loop)
    loop:pause(true)
    return true
  end,
  ["go on"] = function(loop)
    loop:pause(false)
    return true
  end,
}

--- Gives an order.
---@param loop engine.dev.Loop
---@param fields table<string, string> of the form
---@return string? id the test that it is about, "" for all; nil: it is no order
---@return string? reason why not
function M.give(loop, fields)
  local order = fields.order
  if order == "tests" then
    local id = fields.id and plain(fields.id)
    if not id or loop:rerun("tests", { id }) == 0 then
      return nil, "There is no such test any more."
    end
    return id
  elseif not order or not ORDERS[order] then
    return nil, "There is no such order."
  end
  ORDERS[order](loop) -- where there is nothing to be done, the page shows that already
  return ""
end

return M
