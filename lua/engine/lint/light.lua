--- Asks rules of lint about a file that fits (engine.model.fits), without checking it: they see
--- *light nodes*, whose values are those of the file as it was decoded.
---
--- What is found out so is only whether there is nothing to tell.  A rule that is about to tell
--- something, or asks for what only the checker knows, is stopped, and the file goes the way of all
--- others.  So no finding is ever made here.
local toml = require("core.toml")
local walk = require("engine.lint.walk")

---@class engine.lint.light
local M = {}

---@class engine.lint.LightNode: engine.lint.Node
---@field raw table
---@field is_light true

local STOP = {} -- what is raised

local function stop()
  error(STOP, 0)
end

local OF_CHECKER = { checked = true, header = true, offset = true, stop = true }

local Node = {}

function Node.__index(self, name)
  return OF_CHECKER[name] and stop() or rawget(self, "raw")[name]
end

--- A context has what rules may ask for; anything else makes a finding, or is the checker's.
local Context = { __index = stop }

--- One table may stand for a list of one.
local function items(value)
  if type(value) ~= "table" then
    return {}
  end
  return value[1] ~= nil and value or { next(value) ~= nil and value or nil }
end

local function add(cx, kind, raw)
  local one = setmetatable({ kind = kind, raw = raw, is_light = true }, Node)
  local list = cx.nodes[kind] or {}
  cx.nodes[kind] = list
  list[#list + 1] = one
  return one
end

local function add_steps(cx, owner, list)
  local steps = {}
  for i, raw in ipairs(items(list)) do
    local step = add(cx, "step", raw)
    step.owner, step.index, step.siblings = owner, i, steps
    steps[i] = step
  end
  owner.step_nodes = steps
end

--- Makes the nodes, as engine.lint.walk does of a file that was checked.
local function make(cx, root)
  local file = add(cx, "file", root)
  if root.room then
    add(cx, "room", root.room)
  end
  for _, spelling in ipairs({ "service", "services" }) do
    for name, raw in pairs(root[spelling] or {}) do
      add(cx, "service", raw).key = name
    end
  end
  add_steps(cx, file, root.steps)
  for _, spelling in ipairs({ "scenario", "scenarios" }) do
    for _, raw in ipairs(items(root[spelling])) do
      add_steps(cx, add(cx, "scenario", raw), raw.steps)
    end
  end
  if root.expect then
    stop()
  end
  return file
end

--- Reads a text that fits.
---@param text string
---@return table? root
---@nodiscard
function M.read(text)
  return (toml.decode(text))
end

--- Says whether rules have nothing to tell of a file; false: it must be looked at.
---@param cx { file: string, text: string, project_dir: string }
---@param root table
---@param visitors table<string, table[]>
---@return boolean
---@nodiscard
function M.is_clean(cx, root, visitors)
  local light = setmetatable({
    file = cx.file, text = cx.text, project_dir = cx.project_dir, lang = "toml", nodes = {},
    rule = false, options = false,
  }, Context)
  return (pcall(function()
    walk.nodes(light, make(light, root), visitors)
  end))
end

--- As engine.lint.cache.is_self_contained, of a file that fits.
---@param root table
---@return boolean
---@nodiscard
function M.is_self_contained(root)
  if root.hooks or root.report or root.assertions or root.secrets or root.property
    or root.room and (root.room.image or "host") ~= "host" then
    return false
  end
  for _, spelling in ipairs({ "service", "services" }) do
    for _, service in pairs(root[spelling] or {}) do
      if service.plugin or service.volumes or service.files or service.build
        or (service.image or "host") ~= "host" then
        return false
      end
    end
  end
  return true
end

return M
