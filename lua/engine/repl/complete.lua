--- What Tab offers: names, fields and methods, keys of options, files, commands.
---@class engine.repl.complete
local api = require("engine.api")
local fs = require("core.fs")
local names = require("engine.repl.names")
local usage = require("engine.cli.usage")

local M = {}

local SHOWN_MAX = 200 -- candidates
local IMAGE = "%f[%w_]image[\"']?%]?%s*=%s*$" -- what stands before the name of one

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch("%a+") do
  KEYWORDS[#KEYWORDS + 1] = word
end

--- Keeps what begins with a text, each once, in order.
local function beginning(list, prefix)
  local found, seen = {}, {}
  for _, name in ipairs(list) do
    if name:sub(1, #prefix) == prefix and not seen[name] then
      seen[name] = true
      found[#found + 1] = name
    end
  end
  table.sort(found)
  return found
end

local function globals(env)
  local list = table.move(KEYWORDS, 1, #KEYWORDS, 1, {})
  local meta = getmetatable(env)
  if meta and meta.names then -- of a debugger
    list = table.move(meta.names(), 1, #meta.names(), #list + 1, list)
  end
  for _, from in ipairs({ env, _G }) do
    for name in next, from do
      if type(name) == "string" and name:match("^[%a_][%w_]*$") then
        list[#list + 1] = name
      end
    end
  end
  return list
end

--- Returns the text that is open at the end: what stands behind a quote that nothing closes.
local function open_text(text)
  local quote, from
  local i = 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" and quote then
      i = i + 1
    elseif quote == c then
      quote = nil
    elseif not quote and (c == '"' or c == "'") then
      quote, from = c, i + 1
    elseif not quote and text:find("^%-%-", i) then
      return nil
    end
    i = i + 1
  end
  return quote and text:sub(from) or nil
end

local function files(prefix)
  local dir, last = prefix:match("^(.*/)([^/]*)$")
  dir, last = dir or "", last or prefix
  local list = {}
  for _, entry in ipairs(fs.scandir(dir == "" and "." or dir) or {}) do
    local is_hidden = entry.name:sub(1, 1) == "." and last:sub(1, 1) ~= "."
    if not is_hidden then
      list[#list + 1] = entry.name .. (entry.type == "directory" and "/" or "")
    end
  end
  return beginning(list, last), last
end

--- Lists what `image = "` can go on with: names of images, files behind "archive:".
local function images_of(open, list)
  local kind, path = open:match("^(%a+:)(.*)$")
  if kind == "archive:" or kind == "rootfs:" then
    return files(path)
  end
  return beginning(list(), open), open
end

--- Finds the call whose table of options is open at the end: `clnrm.open{ ima`.
local function open_call(text)
  local depth = 0
  for i = #text, 1, -1 do
    local c = text:sub(i, i)
    if c == "}" or c == ")" then
      depth = depth + 1
    elseif c == "(" and depth > 0 then
      depth = depth - 1
    elseif c == "{" and depth > 0 then
      depth = depth - 1
    elseif c == "{" then
      return text:sub(1, i - 1):gsub("%(?%s*$", ""):match("[%w_.:]+$")
    end
  end
end

--- Lists the keys of the options that a call takes.
local function option_keys(callee, env)
  for _, found in ipairs(names.documented(callee, env)) do
    for _, param in ipairs(found.entry and found.entry.params or {}) do
      for _, kind in ipairs(api.types()) do
        if param[2]:find(kind.name, 1, true) and kind.kind == "options" then
          local list = {}
          for i, entry in ipairs(kind.entries) do
            list[i] = entry.name
          end
          return list
        end
      end
    end
  end
end

--- Lists what may stand at the end of a text.
---@param text string up to the cursor
---@param env table
---@param commands? engine.repl.Command[]
---@param images? async fun(): string[] names of images
---@return string[] candidates
---@return string prefix what each of them begins with
---@nodiscard
function M.candidates(text, env, commands, images)
  local command = text:match("^%s*:(%a*)$")
  if command then
    return beginning(require("engine.repl.commands").names(commands), command), command
  end
  local argument = text:match("^%s*:%a+%s+(.*)$")
  local open = open_text(text)
  local is_image = open and images and text:sub(1, -#open - 2):find(IMAGE)
  if is_image then
    return images_of(open, images)
  end
  if open or (argument and argument:match("^[%w_./-]*$") and text:find("^%s*:[lrs]")) then
    return files(open or argument)
  end
  local path, sign, last = text:match("([%a_][%w_.:]*)([.:])([%w_]*)$")
  if path then
    local value = names.value(path, env)
    return value ~= nil and beginning(names.fields(value, sign == ":"), last) or {}, last
  end
  last = text:match("[%a_][%w_]*$") or ""
  local callee = text:sub(1, #text - #last):find("[{,]%s*$") and open_call(text)
  local keys = callee and option_keys(callee, env)
  if keys and #beginning(keys, last) > 0 then
    return beginning(keys, last), last
  end
  return last ~= "" and beginning(globals(env), last) or {}, last
end

--- Returns what all of them begin with.
local function common(list)
  local first = list[1] or ""
  for _, name in ipairs(list) do
    while name:sub(1, #first) ~= first do
      first = first:sub(1, -2)
    end
  end
  return first
end

--- Answers a Tab.
---@param text string
---@param cursor integer byte that it stands behind
---@param o { env: table, width: integer, commands?: engine.repl.Command[],
---images?: async fun(): string[] }
---@return string insert
---@return string below
---@nodiscard
function M.answer(text, cursor, o)
  local found, prefix = M.candidates(text:sub(1, cursor), o.env, o.commands, o.images)
  if #found == 0 then
    return "", ""
  end
  local insert = common(found):sub(#prefix + 1)
  if #found == 1 or insert ~= "" then
    return insert, ""
  end
  local shown = table.move(found, 1, math.min(#found, SHOWN_MAX), 1, {})
  if #found > SHOWN_MAX then
    shown[#shown + 1] = ("... %d more"):format(#found - SHOWN_MAX)
  end
  return "", (usage.wrapped(table.concat(shown, "  "), o.width):gsub("\n*$", "\n"))
end

return M
