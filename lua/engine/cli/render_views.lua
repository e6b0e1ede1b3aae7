--- How `clnrm render` shows variables and lines, to people and as data.
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local text = require("core.text")
local toml_text = require("engine.template.toml_text")
local walk = require("engine.template.walk")

local M = {}

local VALUE_MAX = 40 -- columns that values are lined up to; wider ones push what is behind them
local NAME_MAX = 24
local LEAST = 12 -- columns that a cut value, place or line has in any case

local GIVERS = {
  ["vars-file"] = "--vars", matrix = "the cell", vars = "[vars]",
  project = "[vars] of the project", default = "default",
}

local function origin_of(one, giver)
  if giver == "define" or giver == "vars-file" then
    return one.origin
  elseif giver == "environment" then
    return "environment: " .. one.variable
  end
  return GIVERS[giver]
end

--- Says where a variable has its value from.
local function from_of(one)
  local from = origin_of(one, one.giver)
  local over = {}
  for i, giver in ipairs(one.over) do
    over[i] = giver == "environment" and one.variable or GIVERS[giver]
  end
  if over[1] then
    from = from .. ", over " .. table.concat(over, ", ")
  end
  return one.is_used and from or from .. " (used nowhere)"
end

--- Cuts a safe text where the screen ends behind what has been written by now.
local function fit(look, s, less)
  return look.fits and show.fit(look, s, math.max(look.width - less, LEAST)) or s
end

local function columns(look, rows)
  local widths, out = { 0, 0 }, {}
  for _, row in ipairs(rows) do
    row[2] = look.fits and show.fit(look, row[2], math.max(look.width // 2 - 8, LEAST)) or row[2]
    for i, max in ipairs({ NAME_MAX, VALUE_MAX }) do
      widths[i] = math.max(widths[i], math.min(text.width(row[i]), max))
    end
  end
  for i, row in ipairs(rows) do
    local name, value = text.pad(row[1], widths[1]), text.pad(row[2], widths[2])
    local from = fit(look, row[3], text.width(name) + text.width(value) + 4)
    out[i] = style.paint(look.color, "cyan", name) .. "  " .. value .. "  "
      .. style.paint(look.color, "dim", from) .. "\n"
  end
  return table.concat(out)
end

--- Writes the variables of a rendering.
---@param look engine.ui.Look
---@param variables engine.template.Variable[] values masked
---@param asked { name: string, value?: string }[] what env() was asked for, masked
---@return string
function M.variables(look, variables, asked)
  local rows = {}
  walk.take() -- nothing is rendered any more
  for _, one in ipairs(variables) do
    rows[#rows + 1] = { show.safe(look, one.name), show.safe(look, toml_text.write(one.value)),
      show.safe(look, from_of(one)) }
  end
  for _, one in ipairs(asked) do
    rows[#rows + 1] = { ("env(%s)"):format(show.safe(look, one.name)),
      one.value and show.safe(look, toml_text.write(one.value)) or "-",
      one.value and "environment" or "not set" }
  end
  return columns(look, rows)
end

--- Writes the lines of a rendering, each beside where it came from.  All files are named as tags of
--- the rendered one would name them: without its folder.
---@param look engine.ui.Look
---@param lines engine.template.Line[]
---@param file string the one that was rendered
---@return string
function M.lines(look, lines, file)
  local own = file:match("[^/]*$")
  local function place(at)
    return ("%s:%d"):format(at.file == file and own or at.file, at.line)
  end
  local places, width, out = {}, 0, {}
  local most = math.max(look.width // 2 - 4, LEAST)
  for i, line in ipairs(lines) do
    local parts = { place(line) }
    for _, at in ipairs(line.via) do
      parts[#parts + 1] = place(at)
    end
    places[i] = show.safe(look, table.concat(parts, " < "))
    if look.fits and text.width(places[i]) > most then -- who called is less than the place itself
      places[i] = show.fit(look, show.safe(look, parts[1]), most)
    end
    width = math.max(width, text.width(places[i]))
  end
  local digits = #tostring(#lines)
  local bar = look.utf8 and "│" or "|"
  for i, line in ipairs(lines) do
    local less = digits + 2 + width + 2
    local shown, tags = fit(look, show.safe(look, line.text), less), ""
    less = less + text.width(shown) + 2
    if line.tags[1] and (not look.fits or look.width - less >= LEAST) then
      tags = "  " .. style.paint(look.color, "dim", fit(look, (look.utf8 and "← " or "<- ")
        .. show.safe(look, table.concat(line.tags, " ")), less))
    end
    local row = ("%" .. digits .. "d%s "):format(i, bar)
      .. style.paint(look.color, "cyan", text.pad(places[i], width)) .. "  " .. shown .. tags
    out[i] = row:gsub("%s+$", "") .. "\n"
  end
  return table.concat(out)
end

--- Makes data of the variables.
---@param variables engine.template.Variable[]
---@param asked { name: string, value?: string }[]
---@return table
function M.variables_data(variables, asked)
  local json = require("core.json")
  local list = json.array()
  for _, one in ipairs(variables) do
    list[#list + 1] = {
      name = one.name, value = one.value, giver = one.giver, from = origin_of(one, one.giver),
      over = json.array(table.move(one.over, 1, #one.over, 1, {})), used = one.is_used,
      masked = one.is_masked or false,
    }
  end
  for _, one in ipairs(asked) do
    list[#list + 1] = { name = one.name, value = one.value or json.null, giver = "function",
      from = ("env(name=%q)"):format(one.name), over = json.array(), used = true,
      masked = one.is_masked or false }
  end
  return list
end

--- Makes data of the lines.
---@param lines engine.template.Line[]
---@return table
function M.lines_data(lines)
  local json = require("core.json")
  local list = json.array()
  for i, line in ipairs(lines) do
    list[i] = { number = i, file = line.file, line = line.line, via = json.array(line.via),
      tags = json.array(line.tags), text = line.text }
  end
  return list
end

return M
