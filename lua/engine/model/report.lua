--- The reports that a file asks for: [report] json = "…", junit = "…".
local fs = require("core.fs")
local host_path = require("engine.model.host_path")
local place = require("engine.model.place")

local M = {}

---@class engine.model.Report
---@field kind "json"|"junit"
---@field path string          absolute
---@field at engine.model.Pos  where the file says so

local KINDS = { "json", "junit" }

--- Says why a path cannot be written to, as far as the test file alone tells.
local function problem(cx, path)
  local wanted = host_path.join(cx.dir, path)
  local top = fs.realpath(cx.project_dir) or host_path.normal(cx.project_dir)
  if path:find("%c") then
    return wanted, "holds a control character"
  elseif path:sub(-1) == "/" or wanted == host_path.normal(cx.dir) then
    return wanted, "is the name of a folder"
  elseif not host_path.is_below(wanted, host_path.normal(cx.project_dir))
    and not host_path.is_below(wanted, top) then
    return wanted, "leads out of the project: " .. wanted
  end
  return wanted
end

--- Builds the reports of a file.
---@param cx engine.model.Context
---@param root engine.model.Checked
---@return engine.model.Report[]? # nil without any
function M.build(cx, root)
  local checked, list = root.value.report, nil
  for _, kind in ipairs(checked and KINDS or {}) do
    local value, spelt = checked.value[kind], checked.spelt[kind]
    if value then
      local path, why = problem(cx, value)
      if why then
        cx:at_value("P122", checked.raw, spelt, ("`%s` %s"):format(kind, why), nil,
          "a report of a file lies in its project; relative paths start at the file's folder")
      end
      list = list or {}
      list[#list + 1] = { kind = kind, path = path, at = place.of_value(cx, checked.raw, spelt) }
    end
  end
  return list
end

return M
