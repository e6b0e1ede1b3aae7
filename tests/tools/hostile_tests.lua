--- Makes hostile test files: those that people write, with lines, values and pieces of each other,
--- tags of templates in odd places, and bytes that are damaged.  Most still have something to lint.
local root = os.getenv("CLNRM_ROOT") or "."
local catalogue = require("engine.lint.catalogue")
local documents = dofile(root .. "/tests/tools/toml_documents.lua")
local fs = require("core.fs")

local M = {}

local FOLDERS = { "examples", "tests/fixtures/compat", "tests/fixtures/wrong",
  "tests/differential/scenarios" }
local CHANGES_MAX = 3
local COPIES_MAX = 200 -- of a piece
local TEXT_MAX = 64 << 10

local PIECES = {
  "{{ x }}", "{% if a %}", "{% endif %}", "{% for b in c %}", "{% endfor %}", "{# c #}",
  "{% raw %}", "{% endraw %}", "{{", "}}", "{%", "%}", "{{ now_unix() }}", "{{ uuid_v4() }}",
  '"', "'", '"""', "'''", "[", "]", "[[", "]]", "{", "}", ",", "=", "#", "\n", "\r\n", ".", "\\",
  "# clnrm: ignore[L105] x", "# clnrm: ignore-file[ALL]", "# clnrm: ignore[", "\0", "\xff", "é",
  "[[steps]]\n", "[meta]\n", "[steps.expect]\n", "9223372036854775807", "-0", "nan", "1e400",
  "assert(", ")", "end", "function()", "clnrm.test(", "--[[", "]]", "local t = ...\n",
}

local function files(folder, list)
  for _, entry in ipairs(fs.scandir(folder) or {}) do
    local path = folder .. "/" .. entry.name
    if entry.type == "directory" then
      files(path, list)
    elseif entry.name:find("%.clnrm%.toml$") or entry.name:find("%.toml%.tera$")
      or entry.name:find("%.clnrm%.lua$") then
      local lang = path:find("%.lua$") and "lua" or "toml"
      list[lang][#list[lang] + 1] = assert(fs.read(path))
    end
  end
end

--- Reads what people write, by language, in an order that is the same everywhere.
local function read()
  local list = { toml = {}, lua = {} }
  for _, folder in ipairs(FOLDERS) do
    files(root .. "/" .. folder, list)
  end
  for _, rule in ipairs(catalogue.list()) do
    local of = list[rule.lang or "toml"]
    of[#of + 1], of[#of + 2] = rule.docs.bad, rule.docs.good
  end
  table.sort(list.toml)
  table.sort(list.lua)
  return list
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("[^\n]*\n?") do
    lines[#lines + 1] = line ~= "" and line or nil
  end
  return lines
end

--- A line of one becomes, or gets beside it, a line of another.
local function mix_lines(text, below, other)
  local lines, more = lines_of(text), lines_of(other)
  if #lines == 0 or #more == 0 then
    return text
  end
  local at, line = below(#lines), more[below(#more)]
  if below(2) == 1 then
    lines[at] = line
  else
    table.insert(lines, at, line)
  end
  return table.concat(lines)
end

--- A value of one becomes that of another.
local function mix_values(text, below, other)
  local values = {}
  for value in other:gmatch("=[ \t]*([^\n]+)") do
    values[#values + 1] = value
  end
  local _, count = text:gsub("=[ \t]*[^\n]+", "")
  if count == 0 or #values == 0 then
    return text
  end
  local at, seen, value = below(count), 0, values[below(#values)]
  return (text:gsub("(=[ \t]*)[^\n]+", function(begin)
    seen = seen + 1
    return seen == at and begin .. value or nil
  end))
end

--- A piece goes, comes again and again, or one comes in that begins or ends something.
local function damage(text, below)
  local at, what = below(#text + 1), below(4)
  if what == 1 then
    return text:sub(1, at - 1) .. string.char(below(256) - 1) .. text:sub(at + 1)
  elseif what == 2 then
    return text:sub(1, at - 1) .. text:sub(at + below(60))
  elseif what == 3 then
    local piece = text:sub(at, at + below(60))
    return text:sub(1, at - 1) .. piece:rep(below(COPIES_MAX)) .. text:sub(at)
  end
  return text:sub(1, at - 1) .. PIECES[below(#PIECES)] .. text:sub(at)
end

local sources

--- Makes one; the same seed gives the same, as long as the files are.
---@param seed integer
---@return string text
---@return "toml"|"lua" lang
function M.make(seed)
  sources = sources or read()
  local below = documents.new_random(seed + 11)
  local lang = seed % 5 == 0 and "lua" or "toml"
  local list = sources[lang]
  local text = list[below(#list)]
  for _ = 1, below(CHANGES_MAX) do
    local other, what = list[below(#list)], below(5)
    local change = what <= 2 and mix_lines or what <= 4 and mix_values or damage
    text = change(text, below, other):sub(1, TEXT_MAX)
  end
  return text, lang
end

return M
