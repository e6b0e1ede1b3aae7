--- The lines that were typed before: one file of a project, for this user alone, without secrets.
---
--- A line of the file is one entry, escaped: what was typed can have several.
---@class engine.repl.history
local core_mask = require("core.mask")
local fs = require("core.fs")
local hash = require("core.hash")
local lex = require("engine.script.lex")
local secrets = require("engine.secrets")
local spoken = require("engine.secrets.spoken")
local store = require("engine.runs.store")

local M = {}

M.MAX = 10000 -- entries
local BYTES_MAX = 4 << 20
local ENTRY_MAX = 16384
local MODE, DIR_MODE = tonumber("600", 8), tonumber("700", 8)

local function encode(text)
  return (text:gsub("\\", "\\\\"):gsub("\n", "\\n"):gsub("\r", "\\r"))
end

local function decode(line)
  return (line:gsub("\\(.)", { n = "\n", r = "\r", ["\\"] = "\\" }))
end

--- Names the file of a project.
---@param dir string absolute
---@param env fun(name: string): string?
---@return string? path
---@nodiscard
function M.path(dir, env)
  local runs = store.directory(env)
  return runs and ("%s/repl/%s"):format(runs:gsub("/runs$", ""), hash.xxh128(dir):sub(1, 16))
end

--- Lists the variables of this program's environment.
---@return string[]
---@nodiscard
function M.names()
  local names = {}
  local text = fs.read("/proc/self/environ", { max = BYTES_MAX }) or ""
  for name in ("\0" .. text):gmatch("%z([^=%z]+)=") do
    names[#names + 1] = name
  end
  return names
end

--- Makes a mask of the values that the environment calls secret.
local function environment_mask(names, env)
  local values = {}
  for _, name in ipairs(names) do
    local value = secrets.is_secret_name(name) and env(name) or ""
    values[#values + 1] = #value >= secrets.MIN and value or nil
  end
  return #values > 0 and core_mask.open({ plain = values }) or nil
end

local function inside(token)
  local open = token.text:match("^%[=*%[") or token.text:sub(1, 1)
  return token.text:sub(#open + 1, -#open - 1), open
end

--- Whether a string is what a name of a secret gets: `name = "…"`, `["name"]: "…"`,
--- `"NAME=" .. "…"`, `"--name", "…"`.
local function is_given(tokens, i)
  local before, sign = tokens[i - 2], tokens[i - 1]
  if not before then
    return false
  elseif sign.text == ".." or sign.text == "," then
    return before.kind == "string" and spoken.ends_in_name((inside(before)))
  elseif before.text == "]" and tokens[i - 3] then
    before = tokens[i - 3]
  end
  return (sign.text == "=" or sign.text == "==" or sign.text == ":")
    and secrets.is_secret_name(before.text)
end

local OPENS, CLOSES = { ["("] = true, ["{"] = true, ["["] = true },
  { [")"] = true, ["}"] = true, ["]"] = true }
local STATEMENTS = { ["local"] = true, ["if"] = true, ["for"] = true, ["while"] = true,
  ["repeat"] = true, ["return"] = true, ["do"] = true, ["then"] = true, ["else"] = true,
  ["elseif"] = true, ["end"] = true, ["until"] = true, ["goto"] = true, ["break"] = true }

local function is_operand(token)
  return token.kind == "name" or token.kind == "string" or token.kind == "number"
    or CLOSES[token.text] or token.text == "nil" or token.text == "true" or token.text == "false"
end

--- Whether one of the names to the left of a sign is that of a secret: of `a, token = 1, "x"` too.
local function assigns_secret(tokens, sign)
  local i = sign - 1
  while tokens[i] do
    local token = tokens[i]
    if (token.kind == "name" or token.kind == "string") and secrets.is_secret_name(
      token.kind == "string" and inside(token) or token.text) then
      return true
    end
    local before = tokens[i - 1]
    if not before or before.text == ";" or before.text == "=" or STATEMENTS[token.text]
      or OPENS[token.text] and token.text ~= "[" or token.kind == "name" and is_operand(before) then
      return false -- the statement before ends there
    end
    i = i - 1
  end
  return false
end

--- Lists the tokens that are given to names of secrets: all of the value, be it joined of parts.
---@return table<integer, boolean>
local function given(tokens)
  local found = {}
  for sign, token in ipairs(tokens) do
    local depth, i = 0, sign + 1
    local is_value = token.text == "=" and assigns_secret(tokens, sign)
    while is_value and tokens[i] do
      local one, before = tokens[i], tokens[i - 1]
      if depth == 0 and (CLOSES[one.text] or one.text == ";" or STATEMENTS[one.text]
        or one.kind == "name" and i > sign + 1 and is_operand(before)) then
        break
      end
      depth = depth + (OPENS[one.text] and 1 or CLOSES[one.text] and -1 or 0)
      found[i], i = true, i + 1
    end
  end
  return found
end

--- Takes secrets out of the strings of a line in Lua.
local function of_lua(text)
  local tokens = lex.tokens(text, true)
  local of_secrets = given(tokens)
  for i = #tokens, 1, -1 do
    local token = tokens[i]
    if token.kind == "string" then
      local content, open = inside(token)
      local kept = (of_secrets[i] or is_given(tokens, i)) and '"***"'
        or token.text:sub(1, #open) .. spoken.mask(content) .. token.text:sub(-#open)
      text = text:sub(1, token.first - 1) .. kept .. text:sub(token.last + 1)
    end
  end
  return text
end

--- Whether a line is Lua as a whole; one that only ends in an expression may be of the shell:
--- `PASSWORD=x true`.
local function is_lua(text)
  return load("return " .. text, "=", "t") ~= nil or load(text, "=", "t") ~= nil
end

--- Takes values out of a line that may be secret: what is given to a name of a secret, in Lua, in a
--- command of the shell, in a text; passwords of URLs.  What is no Lua may have been meant for
--- the shell.
---@param text string
---@return string
---@nodiscard
function M.without_secrets(text)
  local head, command, rest = text:match("^(%s*:(%a*)%s*)(.*)$")
  if not head then
    head, rest = text:match("^(%s*!)(.*)$")
    command = head and "sh"
  end
  if not head then
    head, rest = "", text
  end
  local is_shell = command == "sh" or command == "run"
  if not is_shell then
    rest = of_lua(rest)
  end
  if is_shell or not is_lua(rest) then
    rest = spoken.mask(rest)
  end
  return head .. (rest:gsub("://[^/@%s\"']*@", "://***@"))
end

---@class engine.repl.History
---@field path? string
---@field list string[]
---@field mask? core.mask.Mask
local History = {}
History.__index = History

--- Reads what there is.
---@param path? string
---@param names string[] of the environment
---@param env fun(name: string): string?
---@return engine.repl.History
---@nodiscard
function M.open(path, names, env)
  local self = setmetatable({ path = path, list = {}, mask = environment_mask(names, env) },
    History)
  local text = path and fs.read(path, { max = BYTES_MAX }) or ""
  for line in text:gmatch("[^\n]+") do
    self.list[#self.list + 1] = decode(line)
  end
  if #self.list > M.MAX then
    self.list = table.move(self.list, #self.list - M.MAX + 1, #self.list, 1, {})
  end
  return self
end

--- Adds an entry, to the file as well; one like the last is there already.
---@param text string
---@return string? kept  as it stands in the history
---@return core.Error? err the file could not be written
function History:add(text)
  local kept = M.without_secrets(text)
  kept = self.mask and self.mask:text(kept) or kept
  if kept == self.list[#self.list] or #kept > ENTRY_MAX or not kept:find("%S") then
    return nil
  end
  self.list[#self.list + 1] = kept
  if not self.path then
    return kept
  end
  local ok, err = fs.mkdir_p(self.path:match("^(.*)/"), { mode = DIR_MODE })
  if ok and (#self.list > M.MAX or not fs.exists(self.path)) then
    ok, err = self:rewrite()
  elseif ok then
    ok, err = fs.append(self.path, encode(kept) .. "\n", { mode = MODE })
  end
  return kept, not ok and err or nil
end

--- Writes the file anew, with the newest entries.
function History:rewrite()
  local lines = {}
  for i = math.max(1, #self.list - M.MAX * 3 // 4 + 1), #self.list do
    lines[#lines + 1] = encode(self.list[i]) .. "\n"
  end
  return fs.write_atomic(self.path, table.concat(lines), { mode = MODE })
end

return M
