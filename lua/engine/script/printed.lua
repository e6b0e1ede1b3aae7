--- What scripts print: without the secrets of the test that prints it, and where the terminal has a
--- live region, above that, as whole lines.
---
--- A call is looked at as a whole: a secret that is printed in pieces, one by each call, is not
--- found.
local escape = require("core.text").escape
local host = require("clnrm.host")
local stream = require("engine.ui.stream")

local M = {}

local STDERR = 2

local held = "" -- the beginning of a line, which waits for the rest while there is a region

--- Masks a text that is about to be printed.
---@param text string
---@return string
---@nodiscard
function M.clean(text)
  local context = host.context()
  local run = context and context.run
  local mask = run and run.secrets and run.secrets:mask(context.cx.scenario.id)
  return mask and mask:text(text) or text
end

--- Prints to standard error.  On a terminal colours pass, and what would move the cursor is shown
--- as text; who draws there puts it down.
---@param text string
function M.write(text)
  local out = stream.opened[STDERR]
  text, held = held .. M.clean(text), ""
  if out and out.is_tty then
    text = escape(text, { sgr = true })
  end
  if not (out and out.divert) then
    io.stderr:write(text)
    return
  end
  local stop = text:match("^.*\n()") or 1
  held = text:sub(stop)
  if stop > 1 then
    out:write(text:sub(1, stop - 1))
  end
end

--- Prints what still waits for the end of its line; for who has given the terminal back.
function M.finish()
  if held ~= "" then
    io.stderr:write(held)
    held = ""
  end
end

return M
