--- Texts for specs of lint: what people, documents and rules write, and mutations of that.
local catalogue = require("engine.lint.catalogue")
local fs = require("core.fs")

local M = {}

--- Lists the files below a folder.
function M.files(folder, pattern, list)
  for _, entry in ipairs(fs.scandir(folder) or {}) do
    local path = folder .. "/" .. entry.name
    if entry.type == "directory" then
      M.files(path, pattern, list)
    elseif entry.type == "file" and entry.name:find(pattern) then
      list[#list + 1] = path
    end
  end
  return list
end

--- The examples of a rule: those that it tells, and the others; named where they lack a name.
---@return string[] bad
---@return string[] good
function M.of_rule(rule)
  local function named(text)
    local has_name = text:find("%f[%w]meta%f[%W]") or text:find("^%[?test[%s.=%]]")
    return (rule.lang == "lua" or has_name) and text or 'meta.name = "rule"\n' .. text
  end
  local bad, good = { named(rule.docs.bad) }, { named(rule.docs.good) }
  for _, test in ipairs(rule.tests and rule.tests.bad or {}) do
    bad[#bad + 1] = named(type(test) == "table" and test.code or test)
  end
  for _, text in ipairs(rule.tests and rule.tests.ok or {}) do
    good[#good + 1] = named(text)
  end
  return bad, good
end

--- Lists texts in TOML, templates among them.
---@return string[]
function M.toml()
  local list = {}
  for _, folder in ipairs({ "examples", "tests/fixtures", "tests/differential/scenarios" }) do
    for _, path in ipairs(M.files(folder, "%.clnrm%.toml[.%a]*$", {})) do
      list[#list + 1] = assert(fs.read(path))
    end
  end
  for _, path in ipairs(M.files("docs", "%.md$", {})) do
    for block in assert(fs.read(path)):gmatch("```toml[^\n]*\n(.-)```") do
      list[#list + 1] = block:find("name") and block or 'meta.name = "doc"\n' .. block
    end
  end
  for _, rule in ipairs(catalogue.list()) do
    if rule.lang ~= "lua" then
      for _, texts in ipairs({ M.of_rule(rule) }) do
        table.move(texts, 1, #texts, #list + 1, list)
      end
    end
  end
  return list
end

--- Lists texts in Lua.
---@return string[]
function M.lua()
  local list = {}
  for _, path in ipairs(M.files("examples", "%.clnrm%.lua$", {})) do
    list[#list + 1] = assert(fs.read(path))
  end
  for _, rule in ipairs(catalogue.list()) do
    for _, texts in ipairs(rule.lang == "lua" and { M.of_rule(rule) } or {}) do
      table.move(texts, 1, #texts, #list + 1, list)
    end
  end
  return list
end

--- Makes what mutates texts: lines and values of all of them come into each other.
---@param texts string[]
---@return fun(): string
function M.mutator(texts)
  local lines, values = {}, { "true", "[]", "{}", "0", '""', '["a b"]', '"*"', "1.5" }
  for _, text in ipairs(texts) do
    for line in text:gmatch("[^\n]+") do
      if not line:find("^%s*[#%[]") then
        lines[#lines + 1] = line
        values[#values + 1] = line:match("= ?([^\n]+)$")
      end
    end
  end
  local function of(list)
    return list[math.random(#list)]
  end
  local turns = {
    function(line) -- another value
      return (line:gsub("= ?[^\n]+$", function()
        return "= " .. of(values)
      end))
    end,
    function(line) -- one more line
      return line .. "\n" .. of(lines)
    end,
    function() -- another line
      return of(lines)
    end,
    function(line) -- an escape instead of a letter
      local at = math.random(math.max(#line, 1))
      return line:sub(1, at - 1) .. ("\\u%04x"):format(line:byte(at) or 97) .. line:sub(at + 1)
    end,
    function(line) -- a text on several lines
      local blank = math.random(2) == 1 and "\n" or "\\\n  "
      return (line:gsub('"([^"]+)"', function(inner)
        return '"""' .. blank .. inner .. '"""'
      end, 1))
    end,
    function(line) -- blanks in a text
      return (line:gsub('"([^"]*)"', function(inner)
        return '"' .. inner .. " " .. '"'
      end, 1))
    end,
  }
  return function()
    local out, many = {}, math.random(3)
    local text = of(texts)
    local _, count = text:gsub("\n", "")
    local chance = many / math.max(count, 1)
    for line in text:gmatch("[^\n]*\n?") do
      local bare = line:gsub("\n$", "")
      out[#out + 1] = math.random() < chance and bare ~= "" and of(turns)(bare) .. "\n" or line
    end
    return table.concat(out)
  end
end

return M
