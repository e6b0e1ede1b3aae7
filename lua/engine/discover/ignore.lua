--- Ignore files: which names below a folder .gitignore and .clnrmignore leave out.
---
--- The patterns are git's: blank lines and `#` comments, `!` takes back, a trailing `/` means
--- folders only, a `/` elsewhere ties the pattern to the folder of its file, `*` `?` `[a-z]` stop
--- at `/`, `**` does not.  The last pattern that matches decides.  What an ignored folder holds is
--- never looked at.
local fs = require("core.fs")
local text = require("core.text")

---@class engine.discover.ignore
local M = {}

local FILES = { ".gitignore", ".clnrmignore" } -- the later one wins
local SIZE_MAX = 1 << 20

---@class engine.discover.Rule
---@field base integer     bytes of the path of the rule's folder, with its "/"
---@field keeps boolean    `!`
---@field folders boolean  only folders
---@field whole boolean    matched against the path below the base, not only the name
---@field glob core.text.Glob

--- Turns git's pattern into one of core.text: there, braces and commas mean something too.
local function translate(pattern)
  local out, at = {}, 1
  while at <= #pattern do
    local c = pattern:sub(at, at)
    if c == "\\" then
      out[#out + 1] = pattern:sub(at, at + 1)
      at = at + 1
    elseif c == "{" or c == "}" or c == "," then
      out[#out + 1] = "\\" .. c
    elseif pattern:find("^%[%^", at) then
      out[#out + 1] = "[!"
      at = at + 1
    else
      out[#out + 1] = c
    end
    at = at + 1
  end
  return table.concat(out)
end

--- Reads one line.
---@param line string
---@param base integer
---@return engine.discover.Rule? # nil when the line says nothing, or is no pattern
function M.rule(line, base)
  line = line:gsub("\r$", "")
  while line:find(" $") and not line:find("\\ $") do
    line = line:sub(1, -2)
  end
  if line == "" or line:sub(1, 1) == "#" then
    return nil
  end
  local keeps = line:sub(1, 1) == "!"
  if keeps then
    line = line:sub(2)
  end
  local folders = line:sub(-1) == "/"
  if folders then
    line = line:gsub("/+$", "")
  end
  local whole = line:find("/", 1, true) ~= nil
  local glob = line ~= "" and text.glob(translate((line:gsub("^/", ""))), { path = true })
  if not glob then
    return nil -- git passes over what it cannot read, too
  end
  return { base = base, keeps = keeps, folders = folders, whole = whole, glob = glob }
end

--- Adds the rules of a folder to those from above.
---@param rules engine.discover.Rule[] left as it is
---@param folder string where to read
---@param path string the folder below the top of the search: "" or ending with "/"
---@param present? table<string, boolean> names that the folder has, when they are known
---@return engine.discover.Rule[] # the same table when there is nothing new
function M.extend(rules, folder, path, present)
  local extended = rules
  for _, name in ipairs(FILES) do
    local content
    if not present or present[name] then
      content = fs.read(folder .. "/" .. name, { max = SIZE_MAX })
    end
    for _, line in ipairs(content and text.lines(content) or {}) do
      local rule = M.rule(line, #path)
      if rule and extended == rules then
        extended = table.move(rules, 1, #rules, 1, {})
      end
      extended[#extended + 1] = rule
    end
  end
  return extended
end

--- Tells whether a name is left out.
---@param rules engine.discover.Rule[]
---@param path string of the folder, below the top of the search: "" or ending with "/"
---@param name string
---@param is_folder boolean
---@return boolean
---@nodiscard
function M.test(rules, path, name, is_folder)
  for i = #rules, 1, -1 do
    local rule = rules[i]
    if is_folder or not rule.folders then
      local subject = rule.whole and path:sub(rule.base + 1) .. name or name
      if rule.glob:test(subject) then
        return not rule.keeps
      end
    end
  end
  return false
end

return M
