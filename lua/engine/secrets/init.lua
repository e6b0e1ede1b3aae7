--- Secrets of a run: where their values come from, and to which files they are given.
---
--- A value is given to rooms as a variable of their environment, never as an argument.  It is not
--- part of a suite's text, of an event or of anything that is written.
---@class engine.secrets
local env_file = require("engine.secrets.env_file")
local fs = require("core.fs")

local M = {}

M.MIN = 4 -- bytes: a shorter value cannot be masked without masking half of all output

---@class engine.secrets.Secret of [secrets] in a test file
---@field name string      of the variable in the room
---@field variable string  where its value is found
---@field required boolean
---@field pos engine.model.Pos

---@class engine.secrets.Missing why a test cannot be run
---@field code "T811"|"T812"
---@field message string
---@field label string under its place
---@field help string
---@field pos engine.model.Pos

---@class engine.secrets.Source
---@field file? string --env-file
---@field values table<string, string>
local Source = {}
Source.__index = Source

--- Looks a variable up: in the file, then in clnrm's own environment.
---@param name string
---@return string? value nil: it is not given, or empty
---@nodiscard
function Source:get(name)
  local value = self.values[name]
  if value == nil then
    value = os.getenv(name)
  end
  return value ~= "" and value or nil
end

--- Says why a variable has no value: where it was looked for, or that it is empty there.
---@param name string
---@return string
---@nodiscard
function Source:why_not(name)
  if self.values[name] == "" then
    return ("it is empty in %s"):format(self.file)
  elseif os.getenv(name) == "" then
    return "it is empty in the environment"
  end
  return self.file and ("neither %s nor the environment has it"):format(self.file)
    or "the environment has no such variable"
end

--- Opens where values come from.
---@param file? string --env-file
---@return engine.secrets.Source? source
---@return string? problem with its place
---@return string? warning
---@nodiscard
function M.source(file)
  local source = setmetatable({ file = file, values = {} }, Source)
  if not file then
    return source
  end
  local text, err = fs.read(file, { max = env_file.SIZE_MAX })
  if not text then
    return nil, err.code == "ELIMIT" and file .. ": larger than 1 MiB" or err.message
  end
  local values, problem = env_file.parse(text)
  if not values then
    return nil, ("%s:%d:%d: %s"):format(file, problem.line, problem.column, problem.message)
  end
  source.values = values
  local stat = fs.stat(file)
  local is_open = stat and stat.mode & 4 ~= 0 and next(values) ~= nil
  return source, nil, is_open and ("%s can be read by everybody: chmod 600 %s"):format(file, file)
end

--- What makes a name one of a secret wherever it stands in it.
local SECRET_WORDS = {
  "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "AUTHORIZATION",
}

--- What does as a part of it: of DB_PASS, authKey, --api-key, not of COMPASS, AUTHOR, MONKEY.
local SECRET_PARTS = {
  KEY = true, KEYS = true, PASS = true, PASSW = true, AUTH = true, OAUTH = true, PAT = true,
}

--- What stands right before KEY where there is nothing between the two.
local KINDS_OF_KEY = {
  ACCESS = true, ACCOUNT = true, API = true, AUTH = true, CLIENT = true, DEPLOY = true,
  ENCRYPTION = true, LICENSE = true, MASTER = true, PRIV = true, PRIVATE = true, SERVER = true,
  SERVICE = true, SIGNING = true, SSH = true, STORAGE = true,
}

local WORKING_DIRECTORIES = { PWD = true, OLDPWD = true }

local function is_secret_part(part)
  return SECRET_PARTS[part] or part:match("PWD$") ~= nil
    or KINDS_OF_KEY[part:match("^(.*)KEYS?$") or ""] or false
end

--- Whether a name is one that secrets have: DB_PASSWORD, githubToken, --api-key.  What is kept of
--- an environment and of a command line goes by it.
---@param name string of a variable, an option, a field
---@return boolean
---@nodiscard
function M.is_secret_name(name)
  local upper = name:gsub("(%l)(%u)", "%1_%2"):upper()
  for _, word in ipairs(SECRET_WORDS) do
    if upper:find(word, 1, true) then
      return true
    end
  end
  if WORKING_DIRECTORIES[upper] then
    return false
  end
  for part in upper:gmatch("[^%W_]+") do
    if is_secret_part(part) then
      return true
    end
  end
  return false
end

local function missing(secret, source)
  local name = secret.variable
  return {
    code = "T811",
    label = "not given",
    pos = secret.pos,
    message = ("the secret %s is not given: %s"):format(name, source:why_not(name)),
    help = ("set %s, or write it into a file for --env-file; "):format(name)
      .. "`required = false` where a test can do without",
  }
end

local function too_short(secret)
  return {
    code = "T812",
    label = "too short",
    pos = secret.pos,
    message = ("the secret %s is shorter than %d bytes"):format(secret.variable, M.MIN),
    help = "it could not be masked without masking half of the output; give it another value, or "
      .. "write it into [room] env if it is none",
  }
end

--- Gives a suite its secrets; what cannot be had is noted for its scenarios.
---@param suite engine.model.Suite
---@param source engine.secrets.Source
---@param masks engine.run.Secrets
local function give(suite, source, masks)
  local env = {}
  for _, secret in ipairs(suite.secrets or {}) do
    local value = source:get(secret.variable)
    if value and #value < M.MIN then
      suite.missing_secret = suite.missing_secret or too_short(secret)
    elseif value then
      masks:add_value(value)
      env[#env + 1] = { secret.name, value }
    elseif secret.required then
      suite.missing_secret = suite.missing_secret or missing(secret, source)
    end
  end
  if env[1] then
    suite.room.env = table.move(suite.room.env, 1, #suite.room.env, #env + 1, env)
  end
end

--- Finds what is secret of a value: the whole by its name, or what its text gives to such a name,
--- and passwords of URLs in it.
---@param name string
---@param value any a table: what is in it, by the names there
---@param fn fun(value: string)
function M.each_of(name, value, fn)
  local kind = math.type(value) == "integer" and "integer" or type(value)
  if kind == "table" then
    for key, item in pairs(value) do
      M.each_of(type(key) == "string" and not M.is_secret_name(name) and key or name, item, fn)
    end
  elseif kind == "string" or kind == "integer" then
    local text = tostring(value)
    if #text >= M.MIN and M.is_secret_name(name) then
      fn(text)
    elseif #text >= M.MIN and kind == "string" then
      require("engine.secrets.spoken").each(text, function(part)
        if #part >= M.MIN then
          fn(part)
        end
      end)
    end
  end
end

--- Whether a value that tags name may be a secret: by its name, or by what its text speaks of; it
--- may be anywhere in a table.
---@param tables table<string, any>[] [vars] of the file and of the project
---@param used table<string, true> as engine.template.Session tells them
---@return boolean
---@nodiscard
function M.are_named(tables, used)
  local found = false
  local function note()
    found = true
  end
  for _, values in ipairs(tables) do
    for name, value in pairs(values) do
      if used[name] or used["vars." .. name] or used["vars.*"] or used.__tera_context then
        M.each_of(name, value, note)
      end
    end
  end
  return found
end

--- Notes what is secret of variables that are inherited or read by templates.
---@param names? string[]
---@param masks engine.run.Secrets
function M.add_inherited(names, masks)
  for _, name in ipairs(names or {}) do
    M.each_of(name, os.getenv(name), function(value)
      masks:add_value(value)
    end)
  end
end

--- Finds what is secret of what -D and --vars give.
---@param given? engine.template.Given[]
---@param fn fun(value: string)
function M.each_given(given, fn)
  for _, one in ipairs(given or {}) do
    M.each_of(one.name, one.text or one.value, fn)
  end
end

--- Gives the suites of a run their secrets.
---@param suites engine.model.Suite[]
---@param source engine.secrets.Source
---@param masks engine.run.Secrets
function M.give(suites, source, masks)
  masks.source = source
  for _, suite in ipairs(suites) do
    M.add_inherited(suite.room.inherit_env, masks)
    M.add_inherited(suite.inputs, masks)
    M.each_given(suite.given, function(value)
      masks:add_value(value)
    end)
    if suite.secrets then
      give(suite, source, masks)
    end
  end
end

return M
