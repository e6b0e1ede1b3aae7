--- Long texts on a terminal go through the user's pager.
local term = require("core.term")

local M = {}

local LESS = "R" -- of a less that nobody has told anything: colours are colours

--- Chooses the pager's command; nil: none is wanted.
---@param env fun(name: string): string?
---@param stays? boolean also where the text fits on the screen
---@return string?
function M.command(env, stays)
  local command = env("CLNRM_PAGER") or env("PAGER") or stays and "less -IR" or "less -FIRX"
  if command == "" or command == "cat" then
    return nil
  end
  return command
end

local RAW = "raw-control-chars" -- of less, in small letters and in capitals; its begin is enough

--- Where the text of an option ends: at "$", else where all ends.
local function text_end(options, at)
  return (options:find("$", at, true) or #options) + 1
end

--- Says where a long option ends with its value, and whether it is that for colours. What may be
--- text is taken for it: signs instead of colours are worse than none.
local function long(options, at)
  local name, after = options:match("^([%w-]*)()", at)
  if #name > 2 and RAW:find(name:lower(), 1, true) == 1 then
    return after, true
  elseif options:find("^%s*%-", after) or options:find("^=[%d,.]+%s", after) then
    return options:find("[%s-]", after), false
  end
  return text_end(options, after), false
end

--- Whether a less shows colours as such (-r, -R) after these options, read as it reads them.
---@param options string of $LESS, or a word of a command
---@param is_raw boolean before them
---@return boolean
local function shows_colors(options, is_raw)
  local at, is_reset = 1, false
  while at <= #options do
    local c = options:sub(at, at)
    if options:find("^%-%-", at) then
      local is_it
      at, is_it = long(options, at + 2)
      is_raw = is_raw or is_it
    elseif c == "-" then
      is_reset = options:sub(at + 1, at + 1) == "+" -- back to what it is without options
      at = at + (is_reset and 2 or 1)
    elseif c:find('[+DkoOpPtT"]') then
      at = text_end(options, at)
    else
      if c == "r" or c == "R" then
        is_raw = not is_reset
      end
      at = at + 1
    end
  end
  return is_raw
end

--- Makes a text fit for a pager: a less that is not told otherwise shows colours as signs.
---@param env fun(name: string): string?
---@param command string of the pager
---@param text string
---@return string
---@nodiscard
function M.fit(env, command, text)
  local name, rest = command:match("^%s*(%S+)(.*)")
  if (name or ""):match("[^/]*$") ~= "less" then
    return text
  end
  local is_raw = shows_colors(env("LESS") or LESS, false)
  for word in rest:gmatch("%S+") do
    if word == "--" then
      break
    elseif word:find("^%-") then
      is_raw = shows_colors(word, is_raw)
    end
  end
  return is_raw and text or (text:gsub("\27%[[%d;]*m", ""))
end

--- Makes the line of the shell that runs a pager.
---@param command string
---@return string
---@nodiscard
function M.line(command)
  return ("LESS=${LESS-%s}; export LESS; %s"):format(LESS, command)
end

--- Writes a text, on a terminal through the pager.
---@param out engine.ui.Stream
---@param text string
function M.show(out, text)
  local command = out.is_tty and os.getenv("TERM") ~= "dumb" and M.command(os.getenv)
  if not command or not os.execute("command -v " .. command .. " >/dev/null 2>&1") then
    return out:write(text)
  end
  term.guard()
  local pipe = io.popen(M.line("exec " .. command), "w")
  if not pipe then
    return out:write(text)
  end
  pipe:write(M.fit(os.getenv, command, text))
  pipe:close() -- a reader that leaves early is no failure
  term.restore()
end

return M
