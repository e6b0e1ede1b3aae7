--- Volumes that lie in one which another service can write to: that one could put a link there, and
--- an engine follows links (docs/decisions.md).
---@class engine.model.volume_overlaps
local host_path = require("engine.model.host_path")
local rights = require("engine.model.rights")
local services_of = require("engine.model.services_of")

local M = {}

--- Finds a volume that can be written to and holds a path.
---@param services engine.model.Service[]
---@param path string
---@param but? engine.model.Service not one of this
---@param is_own? boolean the path itself counts as well
---@return engine.model.Service? service
---@return engine.model.Service.Volume? volume
---@nodiscard
function M.writer_of(services, path, but, is_own)
  for _, spec in ipairs(services) do
    for _, volume in ipairs(spec ~= but and spec.volumes or {}) do
      if volume.source and not volume.read_only and (is_own or path ~= volume.source)
        and host_path.is_below(path, volume.source) then
        return spec, volume
      end
    end
  end
end

local function shown(path, dir)
  return host_path.is_below(path, dir) and path ~= dir and path:sub(#dir + 2)
    or path == dir and "." or path
end

--- Tells of the volumes of services that lie in one of services that are there at the same time.
---@param others? engine.model.Service[] of another room; default: the same services
local function check_together(cx, services, told, others)
  for _, spec in ipairs(services) do
    for _, volume in ipairs(spec.volumes or {}) do
      local other, of_other
      if volume.source and not told[volume] then
        other, of_other = M.writer_of(others or services, volume.source, not others and spec or nil)
      end
      if other then
        told[volume] = true
        local dir = cx.project_dir or cx.dir
        cx:at_pos("P109", volume.pos, ("%s lies in the volume %s of the "
          .. "service %s, which can write to it: it could put a link there, and an engine follows "
          .. "links"):format(cx:quote(shown(volume.source, dir)),
          cx:quote(shown(of_other.source, dir)), cx:quote(other.name)), nil,
          ("make that of %s read-only (`:ro`), or copy a file: `files` with `from`"):format(
            cx:quote(other.name)))
      end
    end
  end
end

--- Looks through the scenarios of a file whose services are containers.
---@param cx engine.model.Context
---@param suite engine.model.Suite whose scenarios know their services
function M.check(cx, suite)
  local in_engine, seen, told = false, {}, {}
  for _, spec in ipairs(suite.services) do
    in_engine = in_engine or rights.may_be_engines(cx, spec)
  end
  if not in_engine then
    return
  end
  local shared = services_of.shared(suite)
  check_together(cx, shared, told)
  for _, scenario in ipairs(suite.scenarios) do
    local names = scenario.services or {}
    local key = table.concat(names, "\0")
    if not scenario.is_shared and not seen[key] then
      seen[key] = true
      local services = services_of.named(suite, names)
      check_together(cx, services, told)
      check_together(cx, services, told, shared) -- whose room is there as long as the file is run
      check_together(cx, shared, told, services)
    end
  end
end

return M
