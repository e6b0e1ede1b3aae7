--- Services from Lua values, as `t:open{ services = { db = { … } } }` has them: the same keys,
--- checks and defaults as in a test file.
local Plain = require("engine.model.plain")
local references = require("engine.model.references")
local schema = require("engine.model.schema")
local services_of = require("engine.model.services")

---@class engine.service.table
local M = {}

---@class engine.service.table.Options
---@field dir string           absolute: where relative paths start, the test file's folder
---@field project_dir? string  absolute; default `dir`
---@field backend? string      as engine.model.Context has it
---@field room_image? engine.image.Image
---@field run_modules? boolean the project's own modules may be executed; default true

local function context(opts)
  assert(type(opts) == "table" and opts.dir, "opts.dir must be a folder")
  local cx = Plain.new({
    schema = schema,
    dir = opts.dir,
    project_dir = opts.project_dir or opts.dir,
  })
  cx.room_image = opts.room_image
  cx.run_modules, cx.backend = opts.run_modules ~= false, opts.backend
  return cx
end

--- Makes services from a table of them.
---@param value table<string, table>
---@param opts engine.service.table.Options
---@return engine.model.Service[]? services sorted by name
---@return engine.model.plain.Problem[]? problems keys as "db.wait.port"
---@nodiscard
function M.services(value, opts)
  local cx = context(opts)
  local copy = cx:copy(value)
  local type_ = schema.root.by_name.services.type
  local checked = type_:check(copy, cx, { services = copy }, "services")
  local services
  if checked then
    local root = { value = { services = checked } }
    services = services_of.build(cx, root)
    references.check(cx, root)
  end
  if #cx.problems > 0 then
    return nil, cx.problems
  end
  return services
end

--- Makes one service, which waits for no other.
---@param name string
---@param value table
---@param opts engine.service.table.Options
---@return engine.model.Service?
---@return engine.model.plain.Problem[]? problems keys as "wait.port"
---@nodiscard
function M.service(name, value, opts)
  local services, problems = M.services({ [name] = value }, opts)
  for _, problem in ipairs(problems or {}) do
    local short = problem.key:sub(1, #name) == name and problem.key:sub(#name + 1)
    problem.key = short and short:gsub("^%.", "") or problem.key
  end
  return services and services[1], problems
end

return M
