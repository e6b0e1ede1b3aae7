--- The texts of `clnrm help lua [NAME]`, from the table of the Lua API.
---@class engine.api.help
local M = {}

local api = require("engine.api")
local usage = require("engine.cli.usage")

local INTRO = [[
Tests in Lua: *.clnrm.lua files, and programs run by `clnrm FILE.lua`.

  local clnrm = require("clnrm")

  clnrm.test("echo prints", function(t)
    local result = t.room:exec({ "echo", "hello" })
    clnrm.expect(result.stdout):equals("hello\n")
  end)

`clnrm help lua NAME` explains a name of these:
]]

local function first_sentence(doc)
  local text = doc:gsub("%s+", " ")
  return text:match("^(.-%.)%s") or text
end

--- Writes the list of everything.
---@param width integer columns of the screen
---@return string
---@nodiscard
function M.overview(width)
  local out = { INTRO }
  for _, type in ipairs(api.types()) do
    out[#out + 1] = ("\n%s (%s)\n"):format(type.name, type.title)
    local rows = {}
    for i, entry in ipairs(type.entries) do
      rows[i] = { entry.name, first_sentence(entry.doc) }
    end
    out[#out + 1] = usage.columns(rows, width)
  end
  return table.concat(out)
end

local function indented(text)
  return "  " .. text:gsub("\n", "\n  "):gsub("\n  \n", "\n\n")
end

local function add_entry(out, type, entry, width)
  local is_call = entry.kind == "function" or entry.kind == "method"
  out[#out + 1] = (is_call and api.signature or api.label)(type, entry) .. "\n"
  out[#out + 1] = usage.wrapped(entry.doc, width) .. "\n"
  local rows = {}
  if entry.type then
    rows[1] = { "type", entry.type .. (entry.optional and ", or nil" or "") }
  end
  for _, param in ipairs(entry.params or {}) do
    rows[#rows + 1] = { param[1], param[2] .. (param[3] and ": " .. param[3] or "") }
  end
  for i, result in ipairs(entry.returns or {}) do
    rows[#rows + 1] = { i == 1 and "returns" or "", ("%s (%s)"):format(result[2] or "", result[1]) }
  end
  for _, err in ipairs(entry.errors or {}) do
    rows[#rows + 1] = { err[1], err[2] }
  end
  if #rows > 0 then
    out[#out + 1] = usage.columns(rows, width) .. "\n"
  end
  if entry.example then
    out[#out + 1] = "Example:\n\n" .. indented(entry.example) .. "\n"
  end
end

local function add_type(out, type, width)
  out[#out + 1] = ("%s: %s\n"):format(type.name, type.title)
  out[#out + 1] = usage.wrapped(type.doc, width) .. "\n"
  local rows = {}
  for i, entry in ipairs(type.entries) do
    rows[i] = { entry.name .. (entry.optional and "?" or ""), first_sentence(entry.doc) }
  end
  out[#out + 1] = usage.columns(rows, width)
end

--- Explains a name.
---@param name string
---@param width integer
---@return string? text nil: there is no such name
---@return string? near the name that may be meant
---@nodiscard
function M.on(name, width)
  local found = api.find(name)
  if #found == 0 then
    return nil, (require("engine.suggest").nearest(name, api.names()))
  end
  local out = {}
  for i, each in ipairs(found) do
    out[#out + 1] = i > 1 and "\n" or nil
    if each.entry then
      add_entry(out, each.type, each.entry, width)
    else
      add_type(out, each.type, width)
    end
  end
  return table.concat(out)
end

return M
