--- Tracebacks for people: the user's own frames, the engine's folded away.
local M = {}

local function is_engine(frame)
  if frame:match("^%s*%.%.%.") then
    return false
  end
  local source = frame:match("^%s*(.-):%d+: in ") or frame:match("^%s*(%[C%]): in ") or ""
  local dir = os.getenv("CLNRM_LUA_DIR") or ""
  if dir ~= "" and source:sub(1, #dir + 1) == dir .. "/" then
    source = source:sub(#dir + 2)
  end
  return source:match("^lua/engine/") or source:match("^stdlib/") or source == "boot"
end

local function is_c(frame)
  return frame:match("^%s*%[C%]: ")
end

--- Folds the frames of the engine, and what called the outermost frame of the user.
---@param text string as debug.traceback gives it
---@return string
function M.fold(text)
  local head, frames = text:match("^(.-)\n?(stack traceback:\n.*)$")
  if not frames then
    return text
  end
  local kept, last = { "stack traceback:" }, 1
  local hidden = 0
  for frame in frames:gmatch("[^\n]+") do
    if is_engine(frame) then
      hidden = hidden + 1
    elseif frame ~= "stack traceback:" then
      kept[#kept + 1] = frame
      last = is_c(frame) and last or #kept
    end
  end
  hidden = hidden + #kept - last
  if hidden > 0 then
    kept[last + 1] = ("\t... %d frames of the engine (--trace shows them)"):format(hidden)
  end
  local shown = table.concat(kept, "\n", 1, math.min(#kept, last + 1))
  -- The engine's variables have no names: it is built without them.
  shown = shown:gsub("in field 'main_chunk'", "in main chunk"):gsub("in %a+ '%?'", "in a function")
  return head ~= "" and head .. "\n" .. shown or shown
end

--- Joins an error and the traceback of where it was raised.
---@param err any
---@param trace? string as task:trace() gives it
---@param whole? boolean fold nothing
---@return string
function M.join(err, trace, whole)
  local text = require("engine.raised").text(err) .. (trace and "\n" .. trace or "")
  return whole and text or M.fold(text)
end

return M
